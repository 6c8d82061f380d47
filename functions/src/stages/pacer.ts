import { filled, waitMs, type Bucket } from '../core/bucket.ts';
import type { Clock } from '../ports.ts';

/** The rate may be another after this time: the campaign is looked at every second. */
const LOOK_MS = 500;

/** Keeps one range to its part of the campaign's rate, which may change at any time. */
export class Pacer {
  readonly #clock: Clock;
  readonly #perSecond: () => number;
  readonly #most: number;
  #bucket: Bucket;

  /**
   * @param perSecond the rate now
   * @param most what of an unused rate may be made up for, in messages: a batch
   */
  constructor(clock: Clock, perSecond: () => number, most: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#most = most;
    this.#bucket = { messages: 0, atMs: clock.now() };
  }

  /** So many more went out than were asked for, or fewer where it is below 0. */
  correct(messages: number): void {
    this.#bucket = { ...this.#bucket, messages: this.#bucket.messages - messages };
  }

  /** Waits until so many messages may go out, or nobody wants them to any more. The first may at once. */
  async take(messages: number, isWanted: () => boolean): Promise<void> {
    while (isWanted()) {
      const perSecond = this.#perSecond();
      this.#bucket = filled(this.#bucket, perSecond, this.#clock.now(), this.#most);
      const ms = waitMs(this.#bucket, perSecond);
      if (ms === 0) {
        this.#bucket = { ...this.#bucket, messages: this.#bucket.messages - messages };
        return;
      }
      await this.#clock.sleep(Math.min(ms, LOOK_MS));
    }
  }
}
