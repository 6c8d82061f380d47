/**
 * System throttling: Cloud Tasks lowers a queue's effective rate while its worker answers 429 or 503, without touching
 * the configured limits. Google documents that it does, not by how much; the numbers here are this simulator's own:
 * each such answer halves the rate, each success raises it by 10 percent, never below 1/64.
 */
export interface Throttle {
  /** Share of the configured rate that is in force, 1/64..1. */
  readonly factor: number;
}

export const UNTHROTTLED: Throttle = { factor: 1 };

const LOWEST_FACTOR = 1 / 64;
const RECOVERY = 1.1;

export function throttleAfter(throttle: Throttle, status: number): Throttle {
  if (isOverload(status)) return { factor: Math.max(LOWEST_FACTOR, throttle.factor / 2) };
  if (status >= 200 && status < 300) return { factor: Math.min(1, throttle.factor * RECOVERY) };
  return throttle;
}

export function isOverload(status: number): boolean {
  return status === 429 || status === 503;
}

/**
 * How long a Retry-After header asks to wait (RFC 9110 10.2.3: whole seconds or an HTTP date); undefined when the
 * header is absent or unreadable, 0 when its date has passed.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
