import type { Health, Mode } from '../core/health.ts';
import { shapeOf, waitingMost } from '../core/pace.ts';
import type { PlanCursor, RangePlan } from '../core/plan.ts';
import type { Meter } from '../store/meter.ts';
import type { CampaignRecord, RangeRecord, Stored } from '../store/records.ts';
import { audienceSize, sourceOf } from './sources.ts';

/** A released range that nobody took for this long was lost on the way; in a backlog it may wait for a minute. */
const RELEASE_GRACE_MS = 120_000;
/** So many go first where the audience is larger than a range, and tell whether the others may follow. */
const CANARY_RECIPIENTS = 1_000;

/** Ranges that a turn releases: again, and for the first time. */
export interface RangeRelease {
  readonly stale: readonly Stored<RangeRecord>[];
  readonly plans: readonly RangePlan[];
  readonly cursor: PlanCursor;
  readonly canary: Health['canary'];
}

/** What a campaign in this health may have walked now. One that rests has nothing, the canary is one range. */
export async function rangesToRelease(
  meter: Meter,
  campaign: CampaignRecord,
  mode: Mode,
  open: readonly Stored<RangeRecord>[],
  nowMs: number,
): Promise<RangeRelease> {
  const { settings } = meter.world;
  const { nextIndex, nextPosition, health } = campaign;
  const cursor = { nextIndex, nextPosition };
  const stale = open.filter((range) => isStale(range.record, campaign, nowMs));
  const shape = shapeOf(campaign.request.pace?.perSecond, settings);
  if (mode === 'halted' || mode === 'probing') return { stale: [], plans: [], cursor, canary: health.canary };
  if (mode === 'canary' && !isSmall(campaign, shape.recipientsPerRange)) {
    const again = open.length === stale.length ? stale.slice(0, 1) : [];
    const room = health.canary === 'due' && open.length === 0 ? 1 : 0;
    const most = Math.min(shape.recipientsPerRange, CANARY_RECIPIENTS);
    return { stale: again, ...(await planNext(meter, campaign, cursor, most, room)), canary: 'out' };
  }
  const unwalked = open.filter(({ record }) => record.walkedTo < record.to);
  const walked = unwalked.filter(({ record }) => record.leaseUntilMs > nowMs).length;
  const room = Math.min(
    settings.openRanges - open.length,
    shape.lanes - unwalked.length,
    waitingMost(walked) - (unwalked.length - walked),
  );
  return { stale, ...(await planNext(meter, campaign, cursor, shape.recipientsPerRange, room)), canary: 'passed' };
}

/** All of it would go at once, canary or not. One that goes on after it was halted begins with less in any case. */
function isSmall(campaign: CampaignRecord, recipientsPerRange: number): boolean {
  return campaign.nextIndex === 0 && audienceSize(campaign) <= recipientsPerRange;
}

/** Nobody has taken it since it was released, or whoever did has let the lease run out, or the campaign has rested. */
function isStale(range: RangeRecord, { resumedAtMs }: CampaignRecord, nowMs: number): boolean {
  if (range.leaseUntilMs > nowMs) return false;
  const lost = range.holder !== null || nowMs - range.releasedAtMs >= RELEASE_GRACE_MS;
  return lost || (resumedAtMs !== null && range.releasedAtMs <= resumedAtMs);
}

async function planNext(
  meter: Meter,
  campaign: CampaignRecord,
  from: PlanCursor,
  recipients: number,
  room: number,
): Promise<{ readonly plans: readonly RangePlan[]; readonly cursor: PlanCursor }> {
  const source = sourceOf(meter, campaign);
  const plans: RangePlan[] = [];
  let cursor = from;
  while (plans.length < room && cursor.nextPosition !== null) {
    const next = await source.plan(cursor, recipients);
    cursor = next.cursor;
    if (next.range !== null) plans.push(next.range);
  }
  return { plans, cursor };
}
