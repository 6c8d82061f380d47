import { answersOf, HALT_WORDS, judgeHealth, type Judgement } from '../core/health.ts';
import type { CampaignRecord, RangeRecord, Totals } from '../store/records.ts';
import { NO_RETRIES } from '../store/records.ts';

/**
 * The campaign as FCM's answers since the last turn leave it: going on, resting because FCM accepts nothing, or halted.
 *
 * @param totals the campaign's, with what this turn takes in
 * @param open ranges that they do not hold
 */
export function examined(
  campaign: CampaignRecord,
  totals: Totals,
  open: readonly RangeRecord[],
  nowMs: number,
): { readonly campaign: CampaignRecord; readonly isOverQuota: boolean } {
  if (campaign.ending !== null) return { campaign, isOverQuota: false };
  const answers = answersOf(
    ...[totals, ...open.map((range) => range.totals)].flatMap(({ counts, earlier }) => [counts, earlier]),
  );
  const judgement = judgeHealth(campaign.health, {
    answers,
    nowMs,
    planned: campaign.walked ? totals.planned : null,
    open: open.length > 0,
    unplanned: campaign.nextPosition !== null,
  });
  return { campaign: afterwards(campaign, judgement, nowMs), isOverQuota: judgement.isOverQuota };
}

function afterwards(campaign: CampaignRecord, { health, halt, isBack }: Judgement, nowMs: number): CampaignRecord {
  if (halt !== null) {
    const haltedBecause = HALT_WORDS[halt];
    const audit = [...campaign.audit, { atMs: nowMs, who: 'bongsu', what: `halted: ${halt}` }];
    return { ...campaign, health, state: 'halted', haltedBecause, audit };
  }
  if (isBack) return backFromOutage({ ...campaign, health }, nowMs);
  // What was released before finds the campaign resting: all that waits is looked at anew, to ask with.
  const begins = campaign.health.outage === null && health.outage !== null;
  return { ...campaign, health, ...(begins ? { retries: anew(campaign) } : {}) };
}

/** FCM answers again: all that waited begins anew, and slowly. */
export function backFromOutage(campaign: CampaignRecord, nowMs: number): CampaignRecord {
  const health = { ...campaign.health, outage: null };
  return { ...campaign, health, resumedAtMs: nowMs, rampFromMs: nowMs, retries: anew(campaign) };
}

function anew({ retries }: CampaignRecord): CampaignRecord['retries'] {
  return { ...NO_RETRIES, round: retries.round + 1 };
}
