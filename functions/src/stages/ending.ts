import { tally } from '../core/counts.ts';
import { endOf } from '../core/lifecycle.ts';
import { hasDead } from '../core/quarantine.ts';
import type { World } from '../ports.ts';
import { batchesOf } from '../store/paths.ts';
import type { CampaignRecord } from '../store/records.ts';
import type { Totals } from '../store/totals.ts';
import { keptUntilMs } from './keptUpload.ts';

/** What an end changes of its campaign. */
type Ended = Pick<
  CampaignRecord,
  'state' | 'ending' | 'redrive' | 'haltedBecause' | 'endedAtMs' | 'uploadUntilMs' | 'careFrom' | 'nextTickAtMs'
>;

/** Whether a campaign has ended. */
export interface End {
  /** Null where it has not. */
  readonly ended: Ended | null;
  /** Why it cannot end though nothing is left to do. */
  readonly problems: readonly string[];
}

export const NO_END: End = { ended: null, problems: [] };

/**
 * The end of a campaign of which nothing is left to do. Both sides must be equal, by the totals and by the ledger
 * itself, before it is said to have ended.
 */
export async function endOfSettled(
  { documents }: World,
  campaign: CampaignRecord,
  totals: Totals,
  nowMs: number,
): Promise<End> {
  const [planned = 0, open = 0] = await documents.sum(batchesOf(campaign.id), ['planned', 'open']);
  const { final } = tally(totals.counts);
  if (planned === totals.planned && planned === final && open === 0) {
    return { ended: endedAs(campaign, totals, nowMs), problems: [] };
  }
  return {
    ended: null,
    problems: [
      `The ledger holds ${planned} planned messages, ${open} of them without an outcome; the ranges add up to ${totals.planned} planned and ${final} with an outcome. The campaign does not end before these agree.`,
    ],
  };
}

function endedAs(campaign: CampaignRecord, { counts }: Totals, nowMs: number): Ended {
  const state = endOf(campaign.ending, counts);
  const hasFindings = hasDead(counts);
  return {
    state,
    ending: null,
    redrive: null,
    haltedBecause: null,
    endedAtMs: nowMs,
    uploadUntilMs: state === 'completed' ? keptUntilMs(campaign, counts, nowMs) : null,
    careFrom: hasFindings ? 0 : null,
    nextTickAtMs: hasFindings ? nowMs : null,
  };
}
