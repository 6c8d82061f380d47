const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
/** FCM: avoid the 2 minutes around :00, :15, :30 and :45 (https://firebase.google.com/docs/cloud-messaging/scale-fcm). */
const PEAK_MS = 2 * MINUTE_MS;

/**
 * Is it within 2 minutes of a quarter of an hour, when everybody's messages go out?
 * @param atMs since 1970, or since midnight: time zones are whole quarters of an hour from UTC
 */
export function atPeak(atMs: number): boolean {
  const past = atMs % QUARTER_MS;
  return Math.min(past, QUARTER_MS - past) <= PEAK_MS;
}

/** The first whole minute at or after `atMs` that is not at a peak. */
export function nextGoodMinute(atMs: number): number {
  let minuteMs = Math.ceil(atMs / MINUTE_MS) * MINUTE_MS;
  while (atPeak(minuteMs)) minuteMs += MINUTE_MS;
  return minuteMs;
}
