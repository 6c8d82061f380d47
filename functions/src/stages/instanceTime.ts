import type { Clock } from '../ports.ts';

/**
 * The time for which Cloud Run bills this instance, told to each of its invocations as its share: while n of them run,
 * each is told 1/n of what passes. Over all invocations the shares add up to the time in which at least one ran.
 */
export class InstanceTime {
  readonly #clock: Clock;
  #running = 0;
  #sharedMs = 0;
  #lookedAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lookedAtMs = clock.now();
  }

  /** Milliseconds that an invocation would share in which has run from the beginning. */
  get ms(): number {
    this.#look();
    return this.#sharedMs;
  }

  /** Runs one invocation. */
  async during<T>(invocation: () => Promise<T>): Promise<T> {
    this.#look();
    this.#running += 1;
    try {
      return await invocation();
    } finally {
      this.#look();
      this.#running -= 1;
    }
  }

  #look(): void {
    const nowMs = this.#clock.now();
    // The system's clock may be set back.
    if (this.#running > 0) this.#sharedMs += Math.max(0, nowMs - this.#lookedAtMs) / this.#running;
    this.#lookedAtMs = nowMs;
  }
}
