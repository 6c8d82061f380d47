import type { Clock } from '../../functions/src/ports.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  /** Sleepers of one time wake in the order in which they fell asleep. */
  readonly nth: number;
  wake: () => void;
}

/** Time that passes only when nothing else can happen. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #slept = 0;
  /** A binary heap: the next to wake is first. Those that were woken before their time stay in it, and wake nobody. */
  readonly #sleepers: Sleeper[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const onAbort = (): void => {
        sleeper.wake = () => undefined;
        resolve();
      };
      const wake = (): void => {
        // A signal that many slept on would keep them all, and go through them with each that comes.
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { wakeAtMs: this.#nowMs + Math.max(0, ms), nth: (this.#slept += 1), wake };
      this.#push(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Lets everything run that can run now, then moves to the next sleeper's time, until `done`. */
  async runUntil(done: () => boolean): Promise<void> {
    for (;;) {
      await quiet();
      if (done()) return;
      const next = this.#pop();
      if (next === undefined) throw new Error('nothing is left that could happen, and it is not done');
      this.#nowMs = Math.max(this.#nowMs, next.wakeAtMs);
      next.wake();
    }
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let place = heap.push(sleeper) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Sleeper;
      if (isBefore(above, sleeper)) break;
      heap[place] = above;
      heap[(place = parent)] = sleeper;
    }
  }

  #pop(): Sleeper | undefined {
    const heap = this.#sleepers;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    heap[0] = last;
    for (let place = 0; ;) {
      const left = 2 * place + 1;
      const child =
        left + 1 < heap.length && isBefore(heap[left + 1] as Sleeper, heap[left] as Sleeper) ? left + 1 : left;
      const below = heap[child];
      if (below === undefined || isBefore(last, below)) return first;
      heap[place] = below;
      heap[(place = child)] = last;
    }
  }
}

const isBefore = (a: Sleeper, b: Sleeper): boolean =>
  a.wakeAtMs < b.wakeAtMs || (a.wakeAtMs === b.wakeAtMs && a.nth < b.nth);

/**
 * The in-memory ports answer in microtasks, and Node comes to its next tick when none is left. Unlike a turn of the event
 * loop that asks the operating system for nothing.
 */
function quiet(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
