import type { WireTime } from './wireTypes.ts';

/** Milliseconds of a Timestamp or a Duration, cut to whole ones; undefined when the field is not set. */
export function msOf(time: WireTime | null | undefined): number | undefined {
  if (time === null || time === undefined) return undefined;
  return Number(time.seconds) * 1000 + Math.trunc(time.nanos / 1e6);
}

/** The Timestamp or Duration of so many milliseconds. */
export function wireTime(ms: number): WireTime {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
