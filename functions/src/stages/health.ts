import { tally } from '../core/counts.ts';
import { answersOf, HALT_WORDS, judgeHealth, type Judgement } from '../core/health.ts';
import type { Documents } from '../ports.ts';
import type { CampaignRecord } from '../store/records.ts';
import type { Observed } from './observe.ts';
import { nextDueMs, releasedAnew } from './releaseRetries.ts';

/** A campaign as FCM's answers since the last turn leave it: going on, resting because FCM accepts nothing, or halted. */
interface Examined {
  readonly campaign: CampaignRecord;
  /** FCM has just refused messages because the project sends too many. */
  readonly isOverQuota: boolean;
}

export async function examine(documents: Documents, before: CampaignRecord, seen: Observed): Promise<Examined> {
  const judgement = before.ending === null ? judge(before, seen) : null;
  const campaign = judgement === null ? before : afterwards(before, judgement, seen.nowMs);
  const goesOn = await hasNothingToAskWith(documents, campaign, seen.nowMs);
  return {
    campaign: goesOn ? backFromOutage(campaign, seen.nowMs) : campaign,
    isOverQuota: judgement?.isOverQuota ?? false,
  };
}

function judge(campaign: CampaignRecord, { totals, uncounted, nowMs }: Observed): Judgement {
  const counted = [totals, ...uncounted.map((range) => range.totals)];
  return judgeHealth(campaign.health, {
    answers: answersOf(...counted.flatMap(({ counts, earlier }) => [counts, earlier])),
    nowMs,
    down: answersOf(...counted.map(({ counts }) => counts)).down,
    planned: campaign.walked ? totals.planned - tally(totals.counts).outcomes.suppressed : null,
    open: uncounted.length > 0,
    unplanned: campaign.nextPosition !== null,
  });
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
  return { ...campaign, health, ...(begins ? { retries: releasedAnew(campaign) } : {}) };
}

/** FCM answers again: all that waited begins anew, and slowly. */
function backFromOutage(campaign: CampaignRecord, nowMs: number): CampaignRecord {
  const health = { ...campaign.health, outage: null };
  return { ...campaign, health, resumedAtMs: nowMs, rampFromMs: nowMs, retries: releasedAnew(campaign) };
}

/** Where FCM cannot be asked, because nothing waits that could, the campaign goes on and sees. */
async function hasNothingToAskWith(
  documents: Documents,
  { id, health: { outage } }: CampaignRecord,
  nowMs: number,
): Promise<boolean> {
  return outage !== null && nowMs >= outage.probeAtMs && (await nextDueMs(documents, id)) === null;
}
