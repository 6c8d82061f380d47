import type { AttemptResult } from '../core/attempt.ts';
import type { RateLimits } from '../core/queueConfig.ts';
import { isOverload, throttleAfter, UNTHROTTLED, type Throttle } from '../core/throttle.ts';
import {
  fullBucket,
  nextTokenAtMs,
  refill,
  takeToken,
  type BucketLimits,
  type TokenBucket,
} from '../core/tokenBucket.ts';

/** Holds a queue to its rate limits and its concurrency, and slows it while the worker is overloaded. */
export class QueueGate {
  #limits: RateLimits;
  #bucket: TokenBucket;
  #throttle: Throttle = UNTHROTTLED;
  #inside = 0;

  constructor(limits: RateLimits, nowMs: number) {
    this.#limits = limits;
    this.#bucket = fullBucket(this.#bucketLimits(), nowMs);
  }

  get factor(): number {
    return this.#throttle.factor;
  }

  setLimits(limits: RateLimits, nowMs: number): void {
    this.#bucket = refill(this.#bucket, this.#bucketLimits(), nowMs);
    this.#limits = limits;
  }

  /**
   * Lets one attempt in: undefined. Otherwise when to ask again, in ms; Infinity while the concurrency is used up and
   * only a `leave` can help.
   */
  tryEnter(nowMs: number): number | undefined {
    if (this.#inside >= this.#limits.maxConcurrentDispatches) return Infinity;
    const taken = takeToken(this.#bucket, this.#bucketLimits(), nowMs);
    if (taken === undefined) return nextTokenAtMs(this.#bucket, this.#bucketLimits(), nowMs);
    this.#bucket = taken;
    this.enter();
    return undefined;
  }

  /** Counts an attempt in without asking, as RunTask does. */
  enter(): void {
    this.#inside += 1;
  }

  leave(): void {
    this.#inside -= 1;
  }

  /** Adapts the effective rate to how the worker answered. */
  answered(result: AttemptResult, nowMs: number): void {
    if (result.kind !== 'response') return;
    this.#bucket = refill(this.#bucket, this.#bucketLimits(), nowMs);
    this.#throttle = throttleAfter(this.#throttle, result.status);
    if (!isOverload(result.status)) return;
    // A lower rate alone would let a full bucket burst on for as long as it lasts.
    const most = this.#limits.maxBurstSize * this.#throttle.factor;
    this.#bucket = { ...this.#bucket, tokens: Math.min(this.#bucket.tokens, most) };
  }

  #bucketLimits(): BucketLimits {
    const perSecond = this.#limits.maxDispatchesPerSecond * this.#throttle.factor;
    return { perSecond, burst: this.#limits.maxBurstSize };
  }
}
