import type { Draft } from '../core/resolve.ts';
import type { Clock } from '../ports.ts';

/** A batch whose POSTs may all begin within this time needs no timer: no sender takes as long to begin them. */
const BEGIN_MAX_MS = 120_000;

/** The time in which a batch may be posted: until its campaign is stopped, or the law has to be asked again. */
export class LawfulTime {
  readonly signal: AbortSignal;
  readonly #ended = new AbortController();

  constructor(clock: Clock, stop: AbortSignal, drafts: Iterable<Draft>) {
    let untilMs = Infinity;
    for (const { push, lawfulUntilMs = Infinity } of drafts) {
      if (push !== null) untilMs = Math.min(untilMs, lawfulUntilMs);
    }
    const leftMs = untilMs - clock.now();
    const over = new AbortController();
    this.signal = leftMs > BEGIN_MAX_MS ? stop : AbortSignal.any([stop, over.signal]);
    if (leftMs <= BEGIN_MAX_MS) void this.#watch(clock, leftMs, over);
  }

  /** The batch has its results. */
  end(): void {
    this.#ended.abort();
  }

  async #watch(clock: Clock, leftMs: number, over: AbortController): Promise<void> {
    await clock.sleep(leftMs, this.#ended.signal);
    if (!this.#ended.signal.aborted) over.abort();
  }
}
