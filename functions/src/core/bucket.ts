/** What a holder may send: `messages` at `atMs`, and more with time. Below 0 it has sent ahead of its rate. */
export interface Bucket {
  readonly messages: number;
  readonly atMs: number;
}

/**
 * The bucket some time later.
 * @param perSecond the rate since it was last looked at
 * @param most unused rate is kept up to this many messages: enough for a sleep that took too long, not to catch up
 */
export function filled({ messages, atMs }: Bucket, perSecond: number, nowMs: number, most: number): Bucket {
  const elapsedMs = Math.max(0, nowMs - atMs);
  return { messages: Math.min(Math.max(most, messages), messages + (perSecond * elapsedMs) / 1_000), atMs: nowMs };
}

/** How long it takes at this rate until something may go out; Infinity where the rate is 0. */
export function waitMs({ messages }: Bucket, perSecond: number): number {
  if (perSecond <= 0) return Infinity;
  return messages >= 0 ? 0 : Math.ceil((-messages * 1_000) / perSecond);
}
