import { GRANT_MS, WEIGHTS } from '../core/budget.ts';
import { rampedPerSecond, splitRate, TAKEN_WITHIN_MS, wantedPerSecond } from '../core/pace.ts';
import type { PlanCursor, RangePlan } from '../core/plan.ts';
import type { World } from '../ports.ts';
import { NO_PACE, type CampaignRecord, type RangeRecord } from '../store/records.ts';
import { askForRate, giveBackRate, STOPPED_WITHIN_MS } from './budget.ts';
import { spanOf } from './sources.ts';

/** What a turn found that the campaign has to send. */
export interface Work {
  readonly nowMs: number;
  /** Until the next turn. */
  readonly turnMs: number;
  /** Ranges that are open, and those that this turn releases, again or for the first time. */
  readonly open: readonly RangeRecord[];
  readonly released: ReadonlySet<number>;
  readonly plans: readonly RangePlan[];
  readonly cursor: PlanCursor;
  /** Messages of the retries that fall due before the next turn. */
  readonly retries: number;
  /** FCM has just refused messages for the project's quota. */
  readonly isOverQuota: boolean;
}

export interface TurnRate {
  readonly pace: CampaignRecord['pace'];
  readonly retriesPerSecond: number;
}

/** A campaign's rate until its next turn: what the project lets it have, split between its ranges and its retries. */
export async function rateOfTurn(
  { documents, settings }: World,
  campaign: CampaignRecord,
  work: Work,
): Promise<TurnRate> {
  const { nowMs } = work;
  if (campaign.ending !== null) {
    await giveBackRate(documents, campaign.id, nowMs + STOPPED_WITHIN_MS);
    return { pace: NO_PACE, retriesPerSecond: 0 };
  }
  const { request, rampFromMs } = campaign;
  const fullPerSecond = settings.fcmPerMinute / 60;
  const own = Math.min(request.pace?.perSecond ?? Infinity, fullPerSecond);
  const most = rampedPerSecond(own, rampFromMs, nowMs, settings.rampMs);
  const wants = wantedPerSecond(messagesLeft(campaign, work), most);
  const ask = { weight: WEIGHTS[request.kind], wants };
  const grant = await askForRate(documents, campaign.id, ask, { ...work, fullPerSecond });
  // A grant that did not change is not written anew: it may be a little above what was asked for now.
  const perSecond = Math.min(grant.perSecond, most);
  const { retriesPerSecond, rangePerSecond } = splitRate(perSecond, { ...work, lanes: lanesOf(work) });
  const untilMs = Math.min(grant.untilMs, nowMs + GRANT_MS);
  return { pace: { perSecond, rangePerSecond, untilMs }, retriesPerSecond };
}

/** Ranges that claim until the next turn: those that somebody walks, and those that somebody is about to take. */
function lanesOf({ open, released, plans, nowMs }: Work): number {
  const walked = open.filter((range) => {
    if (released.has(range.index)) return true;
    if (range.walkedTo >= range.to) return false;
    return range.leaseUntilMs > nowMs || nowMs - range.releasedAtMs < TAKEN_WITHIN_MS;
  });
  return walked.length + plans.length;
}

/** Roughly: every position counts for one message. */
function messagesLeft(campaign: CampaignRecord, { open, plans, cursor, retries }: Work): number {
  const span = spanOf(campaign);
  if (span === null) return retries;
  const unplanned = cursor.nextPosition === null ? 0 : span.to - cursor.nextPosition + 1;
  const planned = plans.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const unwalked = open.reduce((sum, range) => sum + range.to - range.walkedTo, 0);
  const perPosition = campaign.upload === null ? 1 : campaign.upload.recipients / campaign.upload.pages;
  return (unplanned + planned + unwalked) * perPosition + retries;
}
