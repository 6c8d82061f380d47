const FREE = -1;

/**
 * An open-addressing index from hashes to row numbers. Rows live elsewhere; so does the comparison, as two rows may
 * have one hash.
 */
export class HashIndex {
  #slots = new Int32Array(1024).fill(FREE);
  #used = 0;

  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** The first row under `hash` for which `matches` holds; -1 where there is none. */
  find(hash: number, matches: (row: number) => boolean): number {
    const mask = this.#slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const row = this.#slots[at] ?? FREE;
      if (row === FREE || matches(row)) return row;
    }
  }

  /** Adds a row that is not there yet. `hashOf` gives the hashes of earlier rows when the index grows. */
  add(hash: number, row: number, hashOf: (row: number) => number): void {
    if (2 * (this.#used + 1) > this.#slots.length) this.#grow(hashOf);
    this.#place(hash, row);
    this.#used += 1;
  }

  #grow(hashOf: (row: number) => number): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length).fill(FREE);
    for (const row of old) if (row !== FREE) this.#place(hashOf(row), row);
  }

  #place(hash: number, row: number): void {
    const mask = this.#slots.length - 1;
    let at = hash & mask;
    while (this.#slots[at] !== FREE) at = (at + 1) & mask;
    this.#slots[at] = row;
  }
}
