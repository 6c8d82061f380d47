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
