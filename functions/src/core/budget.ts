/** What one campaign has of the project's rate. Every rate is in messages a second. */
export interface Grant {
  readonly weight: number;
  /** It could use no more than this. */
  readonly wants: number;
  readonly perSecond: number;
  /** What it had before it was lowered: its senders may still use it until `heldUntilMs`. */
  readonly heldPerSecond: number;
  readonly heldUntilMs: number;
  /** The grant ends then, where it is not renewed. */
  readonly untilMs: number;
}

/** A campaign as it asks for its rate. */
export interface Ask {
  readonly weight: number;
  readonly wants: number;
}

/** Transactional messages are waited for; marketing gets its fifth beside them, and all that they leave. */
export const WEIGHTS: Readonly<Record<'marketing' | 'transactional', number>> = { transactional: 4, marketing: 1 };

/** Given out of the project's rate; the rest is for batches that go out whole, and for the start of newcomers. */
export const GIVEN_OUT = 0.96;
/** A newcomer begins with this share of the rate before others have made room. */
const START_SHARE = 0.01;
/** Never given out, not even to newcomers. */
const RESERVE = 0.01;
/** Senders look at their campaign every second, and reading it takes its time on a busy machine. */
const HELD_MS = 3_000;
/** Longer than a conductor may be silent before it is revived, and the sweep's minute. */
export const GRANT_MS = 150_000;
/** A grant is written again when this much of it is left. */
const RENEW_MS = 75_000;
/** Changes below this are not worth a write. */
const SLACK = 0.02;

/** What a campaign takes of the rate at a moment: nothing once its grant has ended. */
export function taken({ perSecond, heldPerSecond, heldUntilMs, untilMs }: Grant, nowMs: number): number {
  if (nowMs >= untilMs) return 0;
  return nowMs < heldUntilMs ? Math.max(perSecond, heldPerSecond) : perSecond;
}

/**
 * The fair part of a rate: weighted max-min. Nobody gets more than it wants; what one leaves, the others share by their
 * weights.
 */
export function fairShare(perSecond: number, me: Ask, others: readonly Ask[]): number {
  let left = perSecond;
  let weights = me.weight + others.reduce((sum, { weight }) => sum + weight, 0);
  const byNeed = [...others, me].toSorted((a, b) => a.wants / a.weight - b.wants / b.weight);
  for (const ask of byNeed) {
    const part = Math.min(ask.wants, (left * ask.weight) / weights);
    if (ask === me) return part;
    left -= part;
    weights -= ask.weight;
  }
  return 0;
}

/**
 * A campaign's next grant. It falls to its fair part at once, and rises only into what nobody takes now: so the grants
 * never add up to more than the rate, whoever asks when.
 *
 * @param mine what it had, null where it is new
 * @param others the grants of all other campaigns
 * @param perSecond the project's rate
 */
export function nextGrant(
  ask: Ask,
  mine: Grant | null,
  others: readonly Grant[],
  perSecond: number,
  nowMs: number,
): Grant {
  const live = others.filter(({ untilMs }) => nowMs < untilMs);
  const elsewhere = live.reduce((sum, grant) => sum + taken(grant, nowMs), 0);
  const fair = fairShare(perSecond * GIVEN_OUT, ask, live);
  const free = Math.max(0, perSecond * GIVEN_OUT - elsewhere);
  const start = Math.max(0, Math.min(perSecond * START_SHARE, perSecond * (1 - RESERVE) - elsewhere));
  const next = Math.min(fair, Math.max(free, start));
  const untilMs = nowMs + GRANT_MS;
  // One step down at a time: until its senders have heard of the last, nobody can say what they use.
  if (mine !== null && nowMs < Math.min(mine.heldUntilMs, mine.untilMs)) {
    return { ...mine, ...ask, perSecond: Math.max(next, mine.perSecond), untilMs };
  }
  const before = mine === null ? 0 : taken(mine, nowMs);
  const held =
    before > next ? { heldPerSecond: before, heldUntilMs: nowMs + HELD_MS } : { heldPerSecond: 0, heldUntilMs: 0 };
  return { ...ask, perSecond: next, ...held, untilMs };
}

/** Is a grant as good as the one that is written down? */
export function isSameGrant(a: Grant, b: Grant, nowMs: number): boolean {
  const near = (x: number, y: number): boolean => Math.abs(x - y) <= SLACK * Math.max(x, y);
  return (
    a.weight === b.weight && near(a.perSecond, b.perSecond) && near(a.wants, b.wants) && a.untilMs - nowMs > RENEW_MS
  );
}

/** The project's rate as FCM lets us have it. */
export interface Limit {
  readonly perSecond: number;
  /** When it was set. */
  readonly atMs: number;
}

const LOWERED_TO = 0.5;
const LEAST_SHARE = 0.01;
/** The campaigns that meet one and the same wave of refusals lower the rate once. */
const LOWER_AGAIN_MS = 15_000;
const RECOVERY_PER_MINUTE = 0.1;

/**
 * What the limit has come back to: a tenth of the full rate a minute.
 * @param full the project's quota, messages a second
 */
export function recovered(limit: Limit | null, full: number, nowMs: number): number {
  if (limit === null) return full;
  return Math.min(full, limit.perSecond + (full * RECOVERY_PER_MINUTE * Math.max(0, nowMs - limit.atMs)) / 60_000);
}

/** FCM says that the project sends too much: half of what it was, and no less than a hundredth of the full rate. */
export function lowered(limit: Limit | null, full: number, nowMs: number): Limit {
  if (limit !== null && nowMs - limit.atMs < LOWER_AGAIN_MS) return limit;
  return { perSecond: Math.max(full * LEAST_SHARE, recovered(limit, full, nowMs) * LOWERED_TO), atMs: nowMs };
}
