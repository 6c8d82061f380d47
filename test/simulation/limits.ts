import type { CampaignRequest } from '../../functions/src/contract/campaign.ts';
import type { Standing } from './stops.ts';

/** FCM's window for retries; see "Throttling and quotas" of its documentation. */
const RETRY_WINDOW_MS = 3_600_000;

interface Attempts {
  readonly count: number;
  readonly sinceMs: number;
  readonly lastMs: number;
}

/** Counts the attempts at each message, and knows when the last of them may be the last. */
export class Limits {
  readonly #now: () => number;
  readonly #skewMs: number;
  /** By the message's place in the ledger, which it keeps when its address changes. */
  readonly #attempts = new Map<string, Attempts>();
  readonly #held = new Set<string>();

  /** @param skewMs how far two clocks may be apart */
  constructor(now: () => number, skewMs: number) {
    this.#now = now;
    this.#skewMs = skewMs;
  }

  /** What is held shares a batch with what is not: nobody outside can tell how many attempts its batch has had. */
  sawHeld(place: string): void {
    this.#held.add(place);
  }

  /** Where clocks that differ may see it either way, the limits of a message did not begin anew with its campaign. */
  sawClaim(place: string, { startedAtMs }: Standing): void {
    const nowMs = this.#now();
    const before = this.#attempts.get(place);
    const isNew = before === undefined || startedAtMs - before.lastMs > this.#skewMs;
    const { count, sinceMs } = isNew ? { count: 0, sinceMs: nowMs } : before;
    this.#attempts.set(place, { count: count + 1, sinceMs, lastMs: nowMs });
  }

  /** Has it had all its attempts, or all its time? */
  areReached(place: string, { maxAttempts }: CampaignRequest['policy']): boolean {
    if (this.#held.has(place)) return true;
    const { count = 0, sinceMs = 0 } = this.#attempts.get(place) ?? {};
    return count >= maxAttempts || this.#now() - sinceMs >= RETRY_WINDOW_MS - this.#skewMs;
  }

  attemptsAt(place: string): number {
    return this.#attempts.get(place)?.count ?? 0;
  }
}
