import { createHash } from 'node:crypto';

/** What happened in one run, in order. Kept only where somebody will read it: the same seed gives it again. */
export class History {
  readonly #lines: string[] | null;
  readonly #now: () => number;
  readonly #startMs: number;

  constructor(kept: boolean, now: () => number) {
    this.#lines = kept ? [] : null;
    this.#now = now;
    this.#startMs = now();
  }

  note(who: string, what: string, detail: () => string = () => ''): void {
    if (this.#lines === null) return;
    const seconds = ((this.#now() - this.#startMs) / 1_000).toFixed(3);
    this.#lines.push(`${seconds.padStart(10)}  ${who.padEnd(14)} ${what} ${detail()}`.trimEnd());
  }

  get lines(): readonly string[] {
    return this.#lines ?? [];
  }

  /** SHA-256 of the lines, hexadecimal. */
  hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex');
  }
}
