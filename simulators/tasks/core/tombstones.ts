/**
 * Names that were used recently and may not be used again yet.
 *
 * All entries live equally long, so the order of burial is the order of expiry and forgetting costs O(1) per name.
 */
export class Tombstones {
  readonly #lifetimeMs: number;
  readonly #expiryMs = new Map<string, number>();

  /** @param lifetimeMs how long a name stays blocked after it was buried; 0 blocks nothing */
  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  bury(name: string, nowMs: number): void {
    this.#sweep(nowMs);
    this.#expiryMs.delete(name);
    if (this.#lifetimeMs > 0) this.#expiryMs.set(name, nowMs + this.#lifetimeMs);
  }

  /** Whether the name is still blocked. It is free again at the very millisecond its time has passed. */
  holds(name: string, nowMs: number): boolean {
    const expiryMs = this.#expiryMs.get(name);
    return expiryMs !== undefined && nowMs < expiryMs;
  }

  get size(): number {
    return this.#expiryMs.size;
  }

  #sweep(nowMs: number): void {
    for (const [name, expiryMs] of this.#expiryMs) {
      if (nowMs < expiryMs) return;
      this.#expiryMs.delete(name);
    }
  }
}
