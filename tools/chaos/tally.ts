/** How often each kind of trouble really happened. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Makes a kind known that was asked for, and has not happened yet. */
  expect(kind: string): void {
    this.add(kind, 0);
  }

  add(kind: string, times = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }

  /** Times of all kinds that begin like this. */
  of(beginning: string): number {
    return [...this.#counts].reduce((sum, [kind, times]) => (kind.startsWith(beginning) ? sum + times : sum), 0);
  }

  /** By kind, in alphabetical order. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
