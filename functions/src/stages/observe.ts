import { UNDONE_MS } from '../core/turn.ts';
import type { World } from '../ports.ts';
import { anyRangeAwaitsRetries, openRanges, rangesToFold } from '../store/ranges.ts';
import type { CampaignRecord, RangeRecord, Stored } from '../store/records.ts';
import { addTotals, type Totals } from '../store/totals.ts';
import { redriveStep, type RedriveStep } from './redrive.ts';

/** Ranges folded in one turn: with the new ones they stay below the 500 writes of a commit. */
const FOLD_MAX = 300;

/** Where a turn finds its campaign's ranges. */
export interface Observed {
  readonly nowMs: number;
  /** To be walked. */
  readonly open: readonly Stored<RangeRecord>[];
  /** Some that were walked hold messages that wait for another attempt. */
  readonly awaitsRetries: boolean;
  /** Those whose totals this turn takes in. */
  readonly toFold: readonly Stored<RangeRecord>[];
  /** No range is left to take in after these. */
  readonly isFolded: boolean;
  /** The campaign's, with what this turn takes in. */
  readonly totals: Totals;
  /** Open ranges that `totals` does not hold. */
  readonly uncounted: readonly RangeRecord[];
  /** What this turn takes up again. */
  readonly redriven: RedriveStep;
}

export async function observe(world: World, campaign: CampaignRecord): Promise<Observed> {
  const { documents, clock, settings } = world;
  const nowMs = clock.now();
  // Due behind all that this turn or an earlier one releases: each is released once, in the order in which they fall due.
  const redriveAtMs = Math.max(nowMs + UNDONE_MS, campaign.retries.after?.dueAtMs ?? 0) + 1;
  const redriven = await redriveStep(world, campaign, redriveAtMs);
  // In this order: a range that leaves one of the first two states after it was asked for is met in the third.
  const open = await openRanges(documents, campaign.id, settings.openRanges);
  const awaitsRetries = await anyRangeAwaitsRetries(documents, campaign.id);
  const unfolded = await rangesToFold(documents, campaign.id, FOLD_MAX);
  // A commit changes a document once.
  const toFold = unfolded.filter(({ record }) => !redriven.ranges.has(record.index));
  const closed = new Set(unfolded.map(({ record }) => record.index));
  return {
    nowMs,
    open,
    awaitsRetries,
    toFold,
    isFolded: unfolded.length < FOLD_MAX,
    totals: fold(campaign.totals, toFold),
    uncounted: open.map(({ record }) => record).filter(({ index }) => !closed.has(index)),
    redriven,
  };
}

function fold(totals: Totals, ranges: readonly Stored<RangeRecord>[]): Totals {
  return ranges.reduce((sum, { record }) => addTotals(addTotals(sum, record.totals), record.folded, -1), totals);
}
