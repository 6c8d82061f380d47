/** One POST as FCM saw it arrive. */
export interface Arrival {
  readonly atMs: number;
  readonly address: string;
  /** The collapse tag: the same for every attempt at one message. */
  readonly tag: string;
  readonly campaign: string;
  readonly accepted: boolean;
  readonly retryAfterMs?: number;
}

const MINUTE_MS = 60_000;
const RETRY_LEAST_MS = 10_000;
const RETRY_WINDOW_MS = 3_600_000;
const OWN_WINDOW_MS = 10_000;
const TOLERANCE = 0.05;

/** The most arrivals in any stretch of time of this length, and when it began. */
function busiest(times: readonly number[], windowMs: number): { readonly count: number; readonly fromMs: number } {
  let most = { count: 0, fromMs: 0 };
  let first = 0;
  for (const [last, atMs] of times.entries()) {
    while (atMs - (times[first] ?? 0) >= windowMs) first += 1;
    const count = last - first + 1;
    if (count > most.count) most = { count, fromMs: times[first] ?? 0 };
  }
  return most;
}

const timesOf = (arrivals: readonly Arrival[]): number[] => arrivals.map(({ atMs }) => atMs).toSorted((a, b) => a - b);

/** FCM's quota: no minute, wherever it begins, holds more than this. */
export function auditProject(arrivals: readonly Arrival[], perMinute: number): string[] {
  return auditWindow(arrivals, MINUTE_MS, perMinute);
}

/** No stretch of time of this length, wherever it begins, holds more than `most`. */
export function auditWindow(arrivals: readonly Arrival[], windowMs: number, most: number): string[] {
  const { count, fromMs } = busiest(timesOf(arrivals), windowMs);
  return count > most ? [`${count} arrived in the ${windowMs} ms from ${fromMs}, ${most} may`] : [];
}

/**
 * A campaign's own rate: no 10 s hold more than 5% above it (and the one message that no rate can split), and the whole
 * is no slower than 5% below.
 */
export function auditOwnRate(arrivals: readonly Arrival[], perSecond: number): string[] {
  const times = timesOf(arrivals);
  const { count, fromMs } = busiest(times, OWN_WINDOW_MS);
  const most = Math.ceil((perSecond * OWN_WINDOW_MS * (1 + TOLERANCE)) / 1_000);
  const found = count > most ? [`${count} arrived in the 10 s from ${fromMs}, ${most} may`] : [];
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  const mean = (times.length - 1) / seconds;
  if (mean < perSecond * (1 - TOLERANCE)) found.push(`${mean.toFixed(2)} a second arrived, ${perSecond} should`);
  if (mean > perSecond * (1 + TOLERANCE)) found.push(`${mean.toFixed(2)} a second arrived, ${perSecond} may`);
  return found;
}

/**
 * A straight rise from nothing to the full rate: by each moment no more has arrived than lies below that line.
 * @param atOnce what may go out whole, before it is accounted for
 */
export function auditRamp(
  arrivals: readonly Arrival[],
  ramp: { readonly fromMs: number; readonly rampMs: number; readonly perSecond: number; readonly atOnce: number },
): string[] {
  const { fromMs, rampMs, perSecond, atOnce } = ramp;
  for (const [index, atMs] of timesOf(arrivals).entries()) {
    const elapsedMs = atMs - fromMs;
    if (elapsedMs >= rampMs) break;
    const most = (perSecond * elapsedMs * elapsedMs) / (2 * rampMs * 1_000);
    if (index + 1 > most * (1 + TOLERANCE) + atOnce) {
      return [`${index + 1} had arrived ${elapsedMs} ms after the start, ${Math.round(most)} may`];
    }
  }
  return [];
}

/** Each message on its own: what lies between its attempts, and how long they go on. */
export function auditRetries(arrivals: readonly Arrival[]): string[] {
  const found: string[] = [];
  for (const [name, attempts] of Map.groupBy(
    arrivals,
    ({ campaign, tag, address }) => `${campaign} ${tag} ${address}`,
  )) {
    const inOrder = attempts.toSorted((a, b) => a.atMs - b.atMs);
    const [first] = inOrder;
    for (const [index, next] of inOrder.entries()) {
      const before = inOrder[index - 1];
      if (first === undefined || before === undefined) continue;
      const least = Math.max(RETRY_LEAST_MS, before.retryAfterMs ?? 0);
      if (next.atMs - before.atMs < least)
        found.push(`${name} came again after ${next.atMs - before.atMs} ms of ${least}`);
      if (next.atMs - first.atMs > RETRY_WINDOW_MS)
        found.push(`${name} came ${next.atMs - first.atMs} ms after the first`);
      if (before.accepted) found.push(`${name} came again after it was accepted`);
    }
  }
  return found;
}
