import type { Clock } from '../../functions/src/ports.ts';

/** Pause before Pub/Sub or Cloud Tasks bring a message again whose handler failed. */
const REDELIVER_MS = 1_000;

/** Brings each message until its handler succeeds, as Pub/Sub and Cloud Tasks do. */
export class Redelivery {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #onFailure: (error: unknown) => void;
  #underWay = 0;

  constructor(clock: Pick<Clock, 'sleep'>, onFailure: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** No message is left that waits or is handled. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  bring(afterMs: number, handle: () => Promise<void>): void {
    this.#underWay += 1;
    void this.#untilDone(afterMs, handle);
  }

  async #untilDone(afterMs: number, handle: () => Promise<void>): Promise<void> {
    for (let waitMs = afterMs; ; waitMs = REDELIVER_MS) {
      await this.#clock.sleep(waitMs);
      // What is thrown at once is a test's own assertion and no failure of a handler: it ends the run.
      const handled = handle();
      try {
        await handled;
        break;
      } catch (error) {
        this.#onFailure(error);
      }
    }
    this.#underWay -= 1;
  }
}
