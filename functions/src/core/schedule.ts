import type { FieldError } from '../contract/problem.ts';
import type { Schedule, ScheduleWarning } from '../contract/schedule.ts';
import { atPeak, nextGoodMinute } from './quarterHour.ts';
import { momentOf, offsetMs } from './wallClock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A caller's clock may be this far behind: what was to start by then starts now. */
const PAST_MAX_MS = 60_000;
const AHEAD_MAX_MS = 366 * DAY_MS;
/** No wall clock is further ahead of UTC than Kiritimati's. */
const FIRST_ZONE_MS = 14 * HOUR_MS;
/** Cloud Tasks takes a task at most 30 days ahead (https://cloud.google.com/tasks/docs/quotas). */
const HOP_MS = 29 * DAY_MS;

/** A schedule in milliseconds since 1970. */
export interface Timing {
  /** When the campaign starts; null: at once. With a local time it is when the first time zone on earth comes to it. */
  readonly startsAtMs: number | null;
  /** From then on nothing is sent; Infinity where nothing was said. */
  readonly untilMs: number;
  /** What each member's wall clock shows when it is their turn, as if it were UTC; null: whenever the campaign runs. */
  readonly localMs: number | null;
}

/** Of a campaign without a schedule, and of what is sent beside it. */
export const ANY_TIME: Timing = { startsAtMs: null, untilMs: Infinity, localMs: null };

/** @param timeZone the country's, whose calendar says which day it is at `at` */
export function timingOf({ at, until, localTime }: Schedule = {}, timeZone: string): Timing {
  const atMs = at === undefined ? null : Date.parse(at);
  const untilMs = until === undefined ? Infinity : Date.parse(until);
  if (atMs === null || localTime === undefined) return { startsAtMs: atMs, untilMs, localMs: null };
  const wallMs = atMs + offsetMs(timeZone, atMs);
  const localMs = Math.floor(wallMs / DAY_MS) * DAY_MS + timeOfDay(localTime);
  return { startsAtMs: localMs - FIRST_ZONE_MS, untilMs, localMs };
}

/**
 * What is wrong with a schedule at the moment when it is asked for. Beside a local time it is the moment at which the
 * country's clocks show it that must not be over: whose clocks have passed it elsewhere is written to at once.
 */
export function checkSchedule(schedule: Schedule, timeZone: string, nowMs: number): FieldError[] {
  const { startsAtMs, untilMs, localMs } = timingOf(schedule, timeZone);
  const dueMs = localMs === null ? startsAtMs : momentOf(timeZone, localMs);
  const field = localMs === null ? '/schedule/at' : '/schedule/localTime';
  const errors: FieldError[] = [];
  if (dueMs !== null && dueMs < nowMs - PAST_MAX_MS) errors.push({ field, message: 'is in the past' });
  if (dueMs !== null && dueMs > nowMs + AHEAD_MAX_MS) errors.push({ field, message: 'is more than a year ahead' });
  const startMs = Math.max(nowMs, dueMs ?? nowMs);
  const until = '/schedule/until';
  if (untilMs <= nowMs) errors.push({ field: until, message: 'is in the past' });
  else if (untilMs <= startMs) errors.push({ field: until, message: 'must be later than the start' });
  else if (untilMs !== Infinity && untilMs > startMs + AHEAD_MAX_MS) {
    errors.push({ field: until, message: 'is more than a year after the start' });
  }
  return errors;
}

/** Where a schedule does not follow FCM's advice. */
export function scheduleWarnings(schedule: Schedule = {}): ScheduleWarning[] {
  const { at, localTime } = schedule;
  const message = 'is within 2 minutes of a quarter of an hour, when FCM is at its busiest';
  if (localTime !== undefined) {
    const timeMs = timeOfDay(localTime);
    if (!atPeak(timeMs)) return [];
    const next = nextGoodMinute(timeMs);
    // The last of the day: the next one would be on another.
    const good = next < DAY_MS ? next : DAY_MS - 3 * 60_000;
    return [{ field: '/schedule/localTime', message, nextGoodMinute: new Date(good).toISOString().slice(11, 16) }];
  }
  if (at === undefined || !atPeak(Date.parse(at))) return [];
  const nextGood = new Date(nextGoodMinute(Date.parse(at))).toISOString();
  return [{ field: '/schedule/at', message, nextGoodMinute: nextGood }];
}

/**
 * When the launch of a campaign is to be called next: when it is due or, where that is further ahead than a task may
 * be, a whole number of hops before. Asked again on the way it gives the same times.
 */
export function launchAtMs(startsAtMs: number, nowMs: number): number {
  const hopsAfter = Math.max(0, Math.ceil((startsAtMs - nowMs) / HOP_MS) - 1);
  return startsAtMs - hopsAfter * HOP_MS;
}

/** Milliseconds since midnight of `HH:MM` or `HH:MM:SS`. */
function timeOfDay(text: string): number {
  return Date.parse(`1970-01-01T${text}Z`);
}
