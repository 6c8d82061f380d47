import type { Mode } from './health.ts';

/** What a running campaign is about. */
export type Doing =
  /** All others wait for the first answers. */
  | 'canary'
  /** Ranges are planned or walked. */
  | 'sending'
  /** The same, and all that is left goes out within seconds. */
  | 'closing'
  /** All is walked, and some messages wait for another attempt. */
  | 'waiting'
  /** All is walked, and nothing waits. */
  | 'ending'
  /** FCM accepts nothing and is asked now and then, or the campaign was halted. */
  | 'probing';

/** More than lie between two reports of how far a range is walked, so that the last seconds are not missed for their sake. */
const CLOSING_SECONDS = 8;

/**
 * What a campaign in this mode is about, where this much of it is left.
 * @param left.seconds in which it goes out at the campaign's rate
 */
export function doingOf(
  mode: Mode,
  left: { readonly isWalked: boolean; readonly awaitsRetries: boolean; readonly seconds: number },
): Doing {
  if (mode === 'canary') return 'canary';
  if (mode !== 'full') return 'probing';
  if (!left.isWalked) return left.seconds <= CLOSING_SECONDS ? 'closing' : 'sending';
  return left.awaitsRetries ? 'waiting' : 'ending';
}

const FIRST_TICK_MS = 1_000;
const TICK_MS = 10_000;
/** While ranges are walked: as often the rate is shared out anew, and what has ended makes room. */
const SENDING_TICK_MS = 2_000;
/** The end should be seen when it comes, not a tick later. */
const LAST_TICKS_MS = 1_000;
const CANARY_TICK_MS = 500;
const PROBING_TICK_MS = 5_000;

/**
 * Time from one conductor tick to the next: 10 s, but a fifth of the campaign's age while it is young, so that a
 * campaign of a few seconds does not wait ten for its end to be noticed.
 */
export function nextTickDelayMs(ageMs: number, doing: Doing): number {
  if (doing === 'canary') return CANARY_TICK_MS;
  if (doing === 'probing') return PROBING_TICK_MS;
  const delay = Math.min(TICK_MS, Math.max(FIRST_TICK_MS, Math.round(ageMs / 5)));
  if (doing === 'sending') return Math.min(delay, SENDING_TICK_MS);
  if (doing === 'closing') return LAST_TICKS_MS;
  const old = ageMs > 6 * TICK_MS;
  return doing === 'ending' && !old ? Math.min(delay, LAST_TICKS_MS) : delay;
}

/** A turn that left something undone is followed at once. */
export const UNDONE_MS = 1_000;
/** Of a campaign that waits for the morning: seldom enough to cost nothing, often enough to be seen to live. */
const REST_MAX_MS = 600_000;

/**
 * When the next turn is due, or the campaign's end where that comes first. Null where nothing is to happen by itself: the
 * campaign was halted and has no end.
 *
 * @param turn.delayMs from one turn to the next
 * @param turn.isUndone this one left something undone
 * @param turn.nothingBeforeMs all that is left waits until then; null where something may happen earlier
 * @param turn.untilMs Infinity where the campaign has no end
 */
export function nextTurnAtMs(turn: {
  readonly mode: Mode;
  readonly nowMs: number;
  readonly delayMs: number;
  readonly isUndone: boolean;
  readonly nothingBeforeMs: number | null;
  readonly untilMs: number;
}): number | null {
  const { nowMs, untilMs } = turn;
  const restMs = Math.min(REST_MAX_MS, (turn.nothingBeforeMs ?? nowMs) - nowMs);
  const delayMs = turn.isUndone ? UNDONE_MS : Math.max(turn.delayMs, restMs);
  const dueMs = turn.mode === 'halted' ? Infinity : nowMs + delayMs;
  const atMs = untilMs > nowMs ? Math.min(dueMs, untilMs) : dueMs;
  return atMs === Infinity ? null : atMs;
}
