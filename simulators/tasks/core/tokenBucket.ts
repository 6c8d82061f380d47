/** A token bucket as a value: every operation gives a new one. */
export interface TokenBucket {
  readonly tokens: number;
  /** When `tokens` was right. */
  readonly atMs: number;
}

export interface BucketLimits {
  readonly perSecond: number;
  readonly burst: number;
}

// Sums of fractions such as 1/500 fall short of 1 by rounding; without slack a due token would seem to be missing.
const ROUNDING_SLACK = 1e-6;

export function fullBucket(limits: BucketLimits, nowMs: number): TokenBucket {
  return { tokens: limits.burst, atMs: nowMs };
}

/** The bucket with what has flowed in since it was last looked at, never above the burst. */
export function refill(bucket: TokenBucket, limits: BucketLimits, nowMs: number): TokenBucket {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(limits.burst, bucket.tokens + (elapsedMs / 1000) * limits.perSecond);
  return { tokens, atMs: Math.max(nowMs, bucket.atMs) };
}

/** The bucket after one token was taken, or undefined when it holds none. */
export function takeToken(bucket: TokenBucket, limits: BucketLimits, nowMs: number): TokenBucket | undefined {
  const full = refill(bucket, limits, nowMs);
  if (full.tokens < 1 - ROUNDING_SLACK) return undefined;
  return { tokens: Math.max(0, full.tokens - 1), atMs: full.atMs };
}

/** The first whole millisecond at which a token can be taken. */
export function nextTokenAtMs(bucket: TokenBucket, limits: BucketLimits, nowMs: number): number {
  const full = refill(bucket, limits, nowMs);
  const missing = 1 - ROUNDING_SLACK - full.tokens;
  return missing <= 0 ? full.atMs : Math.ceil(full.atMs + (missing / limits.perSecond) * 1000);
}
