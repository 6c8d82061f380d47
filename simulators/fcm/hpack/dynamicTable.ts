import type { HeaderField } from './staticTable.ts';

/** What RFC 7541, 4.1 adds to the octets of each entry. */
const ENTRY_OVERHEAD_BYTES = 32;

/** The decoder's dynamic table: first in, first out, bounded by the sum of entry sizes (RFC 7541, 4). */
export class DynamicTable {
  #ring: HeaderField[] = [];
  // Index of the oldest living entry; the dead ones before it are cut off in bulk.
  #oldest = 0;
  #bytes = 0;
  #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#ring.length - this.#oldest;
  }

  /** Entry by age: 0 is the newest. Undefined outside the table. */
  get(age: number): HeaderField | undefined {
    return age < this.length ? this.#ring[this.#ring.length - 1 - age] : undefined;
  }

  /** Adds an entry, evicting the oldest; an entry larger than the table empties it (RFC 7541, 4.4). */
  add(field: HeaderField): void {
    const bytes = sizeOf(field);
    this.#evictUntil(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    this.#ring.push(field);
    this.#bytes += bytes;
  }

  /** Applies a size update that the peer sent. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evictUntil(maxBytes);
  }

  #evictUntil(allowedBytes: number): void {
    while (this.length > 0 && this.#bytes > allowedBytes) {
      const field = this.#ring[this.#oldest];
      if (field) this.#bytes -= sizeOf(field);
      this.#oldest += 1;
    }
    if (this.#oldest > 256 || this.length === 0) {
      this.#ring = this.#ring.slice(this.#oldest);
      this.#oldest = 0;
    }
  }
}

function sizeOf(field: HeaderField): number {
  return field.name.length + field.value.length + ENTRY_OVERHEAD_BYTES;
}
