/** How a campaign is cut so that it can keep its rate. */
export interface Shape {
  /** Ranges that are walked at once. */
  readonly lanes: number;
  readonly recipientsPerRange: number;
  readonly pushesPerBatch: number;
}

/** What one lane sends at the most: a fifth of what an instance is set to reach. */
const LANE_PER_SECOND = 2_000;
/** A range lasts this long: then the second until the next one is released in its place costs 1% of the rate. */
const RANGE_SECONDS = 120;
/** Its holder keeps what it has claimed in memory. */
const RANGE_MOST = 100_000;
/**
 * What may go out at once in all lanes together, in seconds of the rate: two batches each, one of them kept from before.
 * A campaign's own rate is kept within 5% over 10 s; the project's within a minute of which 4% are not given out.
 */
const OWN_BURST_SECONDS = 0.4;
const PROJECT_BURST_SECONDS = 2.4;

/**
 * A campaign with a rate of its own is walked in few lanes, short ranges and small batches: smooth, and at a slow
 * rate dear, because a batch is two writes. All others are as large as the project's rate allows.
 *
 * @param ownPerSecond what the campaign asks not to exceed; undefined where it does not
 */
export function shapeOf(
  ownPerSecond: number | undefined,
  settings: {
    readonly fcmPerMinute: number;
    readonly openRanges: number;
    readonly recipientsPerRange: number;
    readonly pushesPerBatch: number;
  },
): Shape {
  const { openRanges, recipientsPerRange, pushesPerBatch, fcmPerMinute } = settings;
  const isOwn = ownPerSecond !== undefined;
  const perSecond = ownPerSecond ?? fcmPerMinute / 60;
  const lanes = isOwn ? Math.min(openRanges, Math.ceil(perSecond / LANE_PER_SECOND) + 1) : openRanges;
  const burst = (isOwn ? OWN_BURST_SECONDS : PROJECT_BURST_SECONDS) * perSecond;
  return {
    lanes,
    recipientsPerRange: isOwn
      ? Math.ceil(Math.min(RANGE_MOST, (RANGE_SECONDS * perSecond) / lanes))
      : recipientsPerRange,
    pushesPerBatch: Math.max(1, Math.min(pushesPerBatch, Math.floor(burst / (2 * lanes)))),
  };
}

/** A turn sets the rate for the time until the next, so it takes that of its middle. */
const RAMP_AHEAD_MS = 1_000;

/** FCM asks for a start from 0 (https://firebase.google.com/docs/cloud-messaging/scale-fcm): a straight line over `rampMs`. */
export function rampedPerSecond(perSecond: number, fromMs: number | null, nowMs: number, rampMs: number): number {
  if (fromMs === null) return perSecond;
  return perSecond * Math.min(1, (nowMs - fromMs + RAMP_AHEAD_MS) / rampMs);
}

/** What is left goes out within this time where nothing holds it back; a campaign asks for no more rate than that. */
const LEFT_WITHIN_SECONDS = 0.25;
const WANTS_LEAST = 1;

/** The rate that a campaign can use. */
export function wantedPerSecond(messagesLeft: number, mostPerSecond: number): number {
  return Math.min(mostPerSecond, Math.max(WANTS_LEAST, messagesLeft / LEFT_WITHIN_SECONDS));
}

/** A range that was released and not taken for this long waits for an instance, and takes no part of the rate. */
export const TAKEN_WITHIN_MS = 10_000;

/**
 * Ranges that may be released and wait for an instance: enough that an instance which is done finds the next one, and
 * few, because each keeps its part of the rate from the others. A campaign spreads to half as many instances again with
 * each turn.
 *
 * @param walked ranges that somebody walks
 */
export function waitingMost(walked: number): number {
  return Math.max(2, Math.ceil(walked / 2));
}

/**
 * A campaign's rate, split between retries and ranges.
 *
 * @param retries messages that retries could send in `turnMs`
 * @param lanes ranges that share the rest
 */
export function splitRate(
  perSecond: number,
  { retries, lanes, turnMs }: { readonly retries: number; readonly lanes: number; readonly turnMs: number },
): { readonly retriesPerSecond: number; readonly rangePerSecond: number } {
  const asked = (retries * 1_000) / turnMs;
  const retriesPerSecond = lanes === 0 ? perSecond : Math.min(asked, perSecond / 2);
  return { retriesPerSecond, rangePerSecond: (perSecond - retriesPerSecond) / Math.max(1, lanes) };
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
