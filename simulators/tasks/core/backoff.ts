/** When and how often a failed attempt is repeated (google.cloud.tasks.v2.RetryConfig). */
export interface RetryConfig {
  /** Attempts per task, the first one included; -1 means no limit. */
  readonly maxAttempts: number;
  /** Time limit measured from the first attempt; 0 means no limit. */
  readonly maxRetryDurationMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** How often the interval doubles before it grows by a constant. */
  readonly maxDoublings: number;
}

/** What Cloud Tasks picks for a queue created without a retry_config. */
export const DEFAULT_RETRY: RetryConfig = {
  maxAttempts: 100,
  maxRetryDurationMs: 0,
  minBackoffMs: 100,
  maxBackoffMs: 3_600_000,
  maxDoublings: 16,
};

/**
 * The wait after the `failures`-th failed attempt (1 is the first).
 *
 * It starts at minBackoff, doubles maxDoublings times, then grows by 2^maxDoublings * minBackoff each time, and stays
 * at maxBackoff. queue.proto's example, 10 s / 300 s / 3 doublings: 10, 20, 40, 80, 160, 240, 300, 300 s.
 */
export function backoffMs(failures: number, config: RetryConfig): number {
  const { minBackoffMs, maxBackoffMs, maxDoublings } = config;
  const doublings = Math.min(failures - 1, maxDoublings);
  const linearSteps = failures - 1 - doublings;
  const step = minBackoffMs * 2 ** doublings;
  return Math.min(maxBackoffMs, step * (1 + linearSteps));
}

/**
 * Whether no further attempt follows.
 *
 * Cloud Tasks gives up once the time limit has passed AND the attempts are used up; a limit that is not set is no
 * reason to go on once the other one is reached, and with neither a task is retried for ever.
 */
export function isExhausted(attempts: number, sinceFirstAttemptMs: number, config: RetryConfig): boolean {
  const countLimited = config.maxAttempts !== -1;
  const timeLimited = config.maxRetryDurationMs > 0;
  if (!countLimited && !timeLimited) return false;
  const countReached = !countLimited || attempts >= config.maxAttempts;
  const timeReached = !timeLimited || sinceFirstAttemptMs >= config.maxRetryDurationMs;
  return countReached && timeReached;
}
