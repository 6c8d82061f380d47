const MINUTE_MS = 60_000;

/** FCM's project quota: a bucket filled up at the start of each minute, counted from the first message. */
export class QuotaBucket {
  readonly #perMinute: number;
  #minuteStartMs = -Infinity;
  #left = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Takes one message out of the bucket; false where it is empty. Clock in milliseconds, never running backwards. */
  take(nowMs: number): boolean {
    if (nowMs - this.#minuteStartMs >= MINUTE_MS) {
      const whole = this.#minuteStartMs === -Infinity ? 0 : Math.floor((nowMs - this.#minuteStartMs) / MINUTE_MS);
      this.#minuteStartMs = whole === 0 ? nowMs : this.#minuteStartMs + whole * MINUTE_MS;
      this.#left = this.#perMinute;
    }
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }

  /** Whole seconds until the bucket is full again, at least 1. */
  secondsToRefill(nowMs: number): number {
    return Math.max(1, Math.ceil((this.#minuteStartMs + MINUTE_MS - nowMs) / 1000));
  }
}
