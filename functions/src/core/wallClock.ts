/** Time zones change their offset on quarters of an hour of UTC; so what was found out for one holds until the next. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Offsets remembered per zone: those of a day and a bit. Cleared when full. */
const REMEMBERED = 128;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
}
const zones = new Map<string, Zone>();

/**
 * Milliseconds that a zone's wall clocks are ahead of UTC at a moment.
 * @param timeZone IANA name
 * @throws RangeError for a zone that this Node does not know
 */
export function offsetMs(timeZone: string, atMs: number): number {
  const { format, offsets } = zoneOf(timeZone);
  const quarter = Math.floor(atMs / QUARTER_MS);
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  const found = readOffset(format.format(quarter * QUARTER_MS));
  if (offsets.size >= REMEMBERED) offsets.clear();
  offsets.set(quarter, found);
  return found;
}

/** Days since 1970 on the calendar of the zone. */
export function localDay(timeZone: string, atMs: number): number {
  return Math.floor((atMs + offsetMs(timeZone, atMs)) / DAY_MS);
}

/** Milliseconds since the local midnight, as the wall clocks of the zone show it. */
export function timeOfDayMs(timeZone: string, atMs: number): number {
  const local = (atMs + offsetMs(timeZone, atMs)) % DAY_MS;
  return local < 0 ? local + DAY_MS : local;
}

/**
 * The next moment, later than `atMs`, at which the wall clocks of the zone show this time of day; see `momentOf` for
 * one that is skipped or comes twice.
 */
export function nextTimeOfDay(timeZone: string, wallMs: number, atMs: number): number {
  const midnight = atMs + offsetMs(timeZone, atMs) - timeOfDayMs(timeZone, atMs);
  for (let local = midnight + wallMs; ; local += DAY_MS) {
    const moment = momentOf(timeZone, local);
    if (moment > atMs) return moment;
  }
}

/**
 * The first moment at which the wall clocks of a zone show a local time, given as if it were UTC, or a later one: of a
 * time that comes twice the first, and for one that a change of the clocks skips the moment of the change.
 */
export function momentOf(timeZone: string, localMs: number): number {
  // The offsets on both sides of whatever change may be near: no zone is more than 14 h from UTC.
  const before = offsetMs(timeZone, localMs - DAY_MS);
  const after = offsetMs(timeZone, localMs + DAY_MS);
  const first = localMs - before;
  if (offsetMs(timeZone, first) === before) return first;
  const second = localMs - after;
  if (offsetMs(timeZone, second) === after) return second;
  let change = Math.ceil(second / QUARTER_MS) * QUARTER_MS;
  while (offsetMs(timeZone, change) !== after) change += QUARTER_MS;
  return change;
}

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const zone = { format, offsets: new Map<number, number>() };
  zones.set(timeZone, zone);
  return zone;
}

/** Reads `GMT`, `GMT+09:00` or, of long ago, `GMT-00:44:30` at the end of a formatted date. */
function readOffset(text: string): number {
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (match === null) throw new RangeError(`no offset in "${text}"`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return sign === '-' ? -ms : ms;
}
