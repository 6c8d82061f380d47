import { GRANT_MS, WEIGHTS } from '../core/budget.ts';
import { probed, type Health, type Mode } from '../core/health.ts';
import { rampedPerSecond, splitRate, TAKEN_WITHIN_MS, wantedPerSecond } from '../core/pace.ts';
import type { World } from '../ports.ts';
import { NO_PACE, type CampaignRecord, type RangeRecord } from '../store/records.ts';
import { askForRate, giveBackRate } from './budget.ts';
import type { RangeRelease } from './releaseRanges.ts';
import { findRetries, NO_FOUND, releaseRetries, type FoundRetries, type Released } from './releaseRetries.ts';
import { spanOf } from './sources.ts';

/** What a turn found that the campaign has to send. */
export interface Work {
  readonly nowMs: number;
  /** Until the next turn. */
  readonly turnMs: number;
  readonly mode: Mode;
  readonly open: readonly RangeRecord[];
  /** Those that this turn releases. */
  readonly ranges: RangeRelease;
  /** FCM has just refused messages for the project's quota. */
  readonly isOverQuota: boolean;
}

interface TurnRate {
  readonly pace: CampaignRecord['pace'];
  readonly retriesPerSecond: number;
}

/** What goes out until the next turn, and at what rate. */
export interface TurnRelease {
  readonly released: Released;
  readonly pace: CampaignRecord['pace'];
  readonly health: Health;
}

export async function releaseOfTurn(world: World, campaign: CampaignRecord, work: Work): Promise<TurnRelease> {
  const { nowMs, turnMs, mode } = work;
  const untilMs = nowMs + turnMs;
  const found = await retriesOfTurn(world, campaign, work, untilMs);
  const { pace, retriesPerSecond } = await rateOfTurn(world, campaign, work, found.messages);
  // A single batch asks how things are: it takes no part of the rate.
  const perSecond = mode === 'full' ? retriesPerSecond : Infinity;
  const released = releaseRetries(campaign, found, { nowMs, untilMs, perSecond, probes: mode === 'probing' });
  return { released, pace, health: healthAfter(campaign.health, work, released.tasks.length > 0) };
}

/** A campaign that does not go out in full sends one batch, to see what comes of it. */
async function retriesOfTurn(
  { documents }: World,
  campaign: CampaignRecord,
  { nowMs, mode, open, ranges }: Work,
  untilMs: number,
): Promise<FoundRetries> {
  const { outage } = campaign.health;
  const rests = mode === 'halted' || (mode === 'probing' && outage !== null && nowMs < outage.probeAtMs);
  // Ranges are the canary where there are any.
  if (rests || (mode === 'canary' && open.length + ranges.plans.length > 0)) return NO_FOUND;
  const found = await findRetries(documents, campaign, nowMs, mode === 'full' ? untilMs : nowMs);
  if (mode === 'full') return found;
  // A probe whose task was lost is asked for again: of a small campaign there is no other.
  const [lost, due] = [found.lost.slice(0, 1), found.due.slice(0, 1)];
  return lost.length > 0 ? { ...found, lost, due: [] } : { ...found, due };
}

function healthAfter(health: Health, { nowMs, mode, ranges }: Work, released: boolean): Health {
  if (mode === 'probing' && health.outage !== null && released)
    return { ...health, outage: probed(health.outage, nowMs) };
  const isOut = health.canary === 'due' && ranges.canary === 'out';
  return { ...health, canary: ranges.canary, canarySinceMs: isOut ? nowMs : health.canarySinceMs };
}

/** A campaign's rate until its next turn: what the project lets it have, split between its ranges and its retries. */
async function rateOfTurn(
  { documents, settings }: World,
  campaign: CampaignRecord,
  work: Work,
  retries: number,
): Promise<TurnRate> {
  const { nowMs, isOverQuota, turnMs } = work;
  if (campaign.ending !== null || work.mode === 'halted' || work.mode === 'probing') {
    await giveBackRate(documents, campaign.id, nowMs);
    return { pace: NO_PACE, retriesPerSecond: 0 };
  }
  const { request, rampFromMs } = campaign;
  const fullPerSecond = settings.fcmPerMinute / 60;
  const own = Math.min(request.pace?.perSecond ?? Infinity, fullPerSecond);
  const most = rampedPerSecond(own, rampFromMs, nowMs, settings.rampMs);
  const wants = wantedPerSecond(messagesLeft(campaign, work) + retries, most);
  const ask = { weight: WEIGHTS[request.kind], wants };
  const grant = await askForRate(documents, campaign.id, ask, { nowMs, fullPerSecond, isOverQuota });
  // A grant that did not change is not written anew: it may be a little above what was asked for now.
  const perSecond = Math.min(grant.perSecond, most);
  const { retriesPerSecond, rangePerSecond } = splitRate(perSecond, { retries, turnMs, lanes: lanesOf(work) });
  const untilMs = Math.min(grant.untilMs, nowMs + GRANT_MS);
  return { pace: { perSecond, rangePerSecond, untilMs }, retriesPerSecond };
}

/** Ranges that claim until the next turn: those that somebody walks, and those that somebody is about to take. */
function lanesOf({ open, ranges: { stale, plans }, nowMs }: Work): number {
  const released = new Set(stale.map(({ record }) => record.index));
  const walked = open.filter((range) => {
    if (released.has(range.index)) return true;
    if (range.walkedTo >= range.to) return false;
    return range.leaseUntilMs > nowMs || nowMs - range.releasedAtMs < TAKEN_WITHIN_MS;
  });
  return walked.length + plans.length;
}

/** Messages that are not walked. Roughly: every position counts for one. */
export function messagesLeft(
  campaign: CampaignRecord,
  { open, ranges: { plans, cursor } }: Pick<Work, 'open' | 'ranges'>,
): number {
  const span = spanOf(campaign);
  if (span === null) return 0;
  const unplanned = cursor.nextPosition === null ? 0 : span.to - cursor.nextPosition + 1;
  const planned = plans.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const unwalked = open.reduce((sum, range) => sum + range.to - range.walkedTo, 0);
  const perPosition = campaign.upload === null ? 1 : campaign.upload.recipients / campaign.upload.pages;
  return (unplanned + planned + unwalked) * perPosition;
}
