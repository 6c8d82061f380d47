import type { Clock } from '../../functions/src/ports.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** Time that passes only when nothing else can happen. */
export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        wakeAtMs: this.#nowMs + Math.max(0, ms),
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  #first(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (first === undefined || sleeper.wakeAtMs < first.wakeAtMs) first = sleeper;
    }
    return first;
  }

  /** Lets everything run that can run now, then moves to the next sleeper's time, until `done`. */
  async runUntil(done: () => boolean): Promise<void> {
    for (;;) {
      await quiet();
      if (done()) return;
      const next = this.#first();
      if (next === undefined) throw new Error('nothing is left that could happen, and it is not done');
      this.#nowMs = Math.max(this.#nowMs, next.wakeAtMs);
      next.wake();
    }
  }
}

/** The in-memory ports answer in microtasks, so one turn of the event loop lets all of their chains run out. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
