/** FCM: wait at least 10 s before a retry (https://firebase.google.com/docs/cloud-messaging/scale-fcm). */
export const RETRY_MIN_MS = 10_000;
/** FCM: give up on a message after 60 minutes (same page). */
export const RETRY_WINDOW_MS = 3_600_000;
const RETRY_MAX_MS = 600_000;

/**
 * How long to wait before the next attempt: 10 s doubled with each attempt made, up to 10 minutes, plus up to half of
 * that by chance so that batches which failed together do not come back together. Never less than FCM asked for.
 *
 * @param attempts attempts made so far, 1 or more
 * @param fraction chance, at least 0 and below 1
 */
export function retryDelayMs(attempts: number, fraction: number, retryAfterMs = 0): number {
  const base = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempts - 1, 30));
  return Math.max(retryAfterMs, Math.round(base * (1 + fraction / 2)));
}
