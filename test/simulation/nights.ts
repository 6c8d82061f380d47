import type { Chance } from './chance.ts';

/** When advertising needs a consent of its own: 21:00 to 08:00 on the recipient's wall clock. */
const NIGHT = { fromHour: 21, toHour: 8 };
export const HOME_ZONE = 'Asia/Seoul';
const NOON = Date.UTC(2026, 10, 21, 3);
const QUARTER_MS = 900_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Does the wall clock of the zone show the night? Asked of ICU's own fields: the pipeline counts with offsets. */
export function isNight(timeZone: string, atMs: number): boolean {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' });
    formats.set(timeZone, format);
  }
  const hour = Number(format.format(atMs));
  return hour >= NIGHT.fromHour || hour < NIGHT.toHour;
}

/** Where and when a run begins. */
export interface Begin {
  readonly timeZone: string;
  readonly startMs: number;
  /** The end of the night that begins soon after; null where none does. */
  readonly morningMs: number | null;
  /** The clocks of the zone are changed in that night. */
  readonly clocksChange: boolean;
}

/** Noons before nights that are like any other, end at an odd time, or have the clocks changed in them. */
const DAYS = [
  { timeZone: HOME_ZONE, noon: '2026-11-21T03:00Z', clocksChange: false },
  { timeZone: 'Asia/Kathmandu', noon: '2026-11-21T06:15Z', clocksChange: false },
  { timeZone: 'America/New_York', noon: '2026-10-31T16:00Z', clocksChange: true },
  { timeZone: 'America/New_York', noon: '2027-03-13T17:00Z', clocksChange: true },
  { timeZone: 'Europe/Berlin', noon: '2026-10-24T10:00Z', clocksChange: true },
  { timeZone: 'Australia/Lord_Howe', noon: '2027-04-03T01:00Z', clocksChange: true },
] as const;
export const ZONES: readonly string[] = [...new Set(DAYS.map(({ timeZone }) => timeZone))];

/** Half of the runs begin at noon; the others with a night, or a little before it begins or ends. */
export function drawBegin(chance: Chance): Begin {
  if (chance.happens(0.5)) return { timeZone: HOME_ZONE, startMs: NOON, morningMs: null, clocksChange: false };
  const { timeZone, noon, clocksChange } = chance.oneOf(DAYS);
  const eveningMs = edgeAfter(timeZone, Date.parse(noon), true);
  const morningMs = edgeAfter(timeZone, eveningMs, false);
  const soonMs = chance.delayMs(60_000);
  if (chance.happens(0.4))
    return { timeZone, startMs: eveningMs - (chance.happens(0.5) ? soonMs : 0), morningMs, clocksChange };
  return { timeZone, startMs: morningMs - soonMs, morningMs: null, clocksChange };
}

/** The next moment from which the wall clock shows the night, or the day. */
function edgeAfter(timeZone: string, atMs: number, night: boolean): number {
  let edgeMs = Math.ceil(atMs / QUARTER_MS) * QUARTER_MS;
  while (isNight(timeZone, edgeMs) !== night || isNight(timeZone, edgeMs - 1) === night) edgeMs += QUARTER_MS;
  return edgeMs;
}
