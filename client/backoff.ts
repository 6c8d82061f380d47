/** How often and how patiently a call is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Upper bound of the wait before the second try; doubles with each further one. */
  readonly baseMs: number;
  /** No wait that the client chooses itself is longer. */
  readonly capMs: number;
  /** A server that asks for a longer wait gets none: the call fails and tells how long was asked. */
  readonly retryAfterCapMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 6, baseMs: 500, capMs: 20_000, retryAfterCapMs: 60_000 };

/**
 * The wait before the next try, or null where there is none.
 *
 * Without a word from the server: full jitter, so that many clients that failed together do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). With one: what it asked for, plus up
 * to `baseMs` of jitter.
 *
 * @param failed tries that failed so far, from 1.
 * @param fraction at least 0, below 1.
 */
export function nextDelayMs(
  policy: RetryPolicy,
  failed: number,
  retryAfterMs: number | null,
  fraction: number,
): number | null {
  if (failed >= policy.attempts) return null;
  if (retryAfterMs !== null) {
    return retryAfterMs > policy.retryAfterCapMs ? null : retryAfterMs + Math.floor(policy.baseMs * fraction);
  }
  const ceilingMs = Math.min(policy.capMs, policy.baseMs * 2 ** (failed - 1));
  return Math.floor(ceilingMs * fraction);
}

/** Statuses after which the same call may succeed later; every other 4xx and 5xx will say the same again. */
const RETRYABLE_STATUS: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUS.has(status);
}

/**
 * Reads a `Retry-After` header (RFC 9110, 10.2.3): whole seconds or an HTTP date.
 * @returns milliseconds from `nowMs`, at least 0; null for no header and for one that is neither.
 */
export function parseRetryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  if (!/^[A-Z][a-z]{2}, .* GMT$/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
