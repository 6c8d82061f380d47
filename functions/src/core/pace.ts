const FIRST_TICK_MS = 1_000;
const TICK_MS = 10_000;
/** Once all is planned, what is left ends within seconds: the end should be seen then, not a tick later. */
const LAST_TICKS_MS = 2_000;

/**
 * Time from one conductor tick to the next: 10 s, but a fifth of the campaign's age while it is young, so that a
 * campaign of a few seconds does not wait ten for its end to be noticed.
 *
 * @param ending all is planned and nothing waits for a retry
 */
export function nextTickDelayMs(ageMs: number, ending: boolean): number {
  const delay = Math.min(TICK_MS, Math.max(FIRST_TICK_MS, Math.round(ageMs / 5)));
  const old = ageMs > 6 * TICK_MS;
  return ending && !old ? Math.min(delay, LAST_TICKS_MS) : delay;
}

/**
 * The times at which batches may go out one after the other: none before it is due, and together no faster than
 * `perSecond`. Those for which the time to `untilMs` does not suffice get none.
 *
 * @param waiting in the order in which they are to go
 * @param slot.freeAtMs when those before them have used up the rate to
 * @returns a time for each of the first of them, and `freeAtMs` for those that come next
 */
export function slots(
  waiting: readonly { readonly dueAtMs: number; readonly messages: number }[],
  slot: { readonly nowMs: number; readonly untilMs: number; readonly freeAtMs: number; readonly perSecond: number },
): { readonly atMs: readonly number[]; readonly freeAtMs: number } {
  const atMs: number[] = [];
  let freeAtMs = slot.freeAtMs;
  if (slot.perSecond <= 0) return { atMs, freeAtMs };
  for (const { dueAtMs, messages } of waiting) {
    const at = Math.ceil(Math.max(slot.nowMs, freeAtMs, dueAtMs));
    if (at > slot.untilMs) break;
    atMs.push(at);
    freeAtMs = Math.ceil(at + (messages * 1_000) / slot.perSecond);
  }
  return { atMs, freeAtMs };
}
