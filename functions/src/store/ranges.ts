import type { RangePlan } from '../core/plan.ts';
import type { Documents, Fields, Filter, Write } from '../ports.ts';
import { idOf, rangePath, rangesOf } from './paths.ts';
import { readRange, type RangeRecord, type Stored } from './records.ts';
import { NO_TOTALS } from './totals.ts';

/** A range as it is released: nobody holds it yet. */
export function newRange(campaignId: string, plan: RangePlan, releasedAtMs: number, expireAt: Date): Write {
  const record: RangeRecord = {
    ...plan,
    state: 'open',
    fence: 0,
    holder: null,
    leaseUntilMs: 0,
    releasedAtMs,
    walkedTo: plan.from - 1,
    totals: NO_TOTALS,
    folded: NO_TOTALS,
    fold: false,
    unreadable: [],
  };
  return { create: rangePath(campaignId, plan.index), fields: { ...(record as unknown as Fields), expireAt } };
}

export function rangeUpdate({ path, version }: Stored<RangeRecord>, change: Partial<RangeRecord>): Write {
  return { update: path, at: version, fields: change as unknown as Fields };
}

export const openRanges = (documents: Documents, campaignId: string, limit: number): Promise<Stored<RangeRecord>[]> =>
  rangesWhere(documents, campaignId, ['state', '==', 'open'], limit);

/** Ranges whose totals the campaign's do not hold yet. */
export const rangesToFold = (documents: Documents, campaignId: string, limit: number): Promise<Stored<RangeRecord>[]> =>
  rangesWhere(documents, campaignId, ['fold', '==', true], limit);

/** Ranges in the order of their index, from this one on. */
export async function rangesFrom(
  documents: Documents,
  campaignId: string,
  index: number,
  limit: number,
): Promise<Stored<RangeRecord>[]> {
  const fromId = idOf(rangePath(campaignId, index));
  return (await documents.query({ collection: rangesOf(campaignId), fromId, limit })).map(readRange);
}

export async function anyRangeAwaitsRetries(documents: Documents, campaignId: string): Promise<boolean> {
  return (await rangesWhere(documents, campaignId, ['state', '==', 'walked'], 1)).length > 0;
}

/** The range that a position falls into; null where it is not planned. */
export async function rangeHolding(
  documents: Documents,
  campaignId: string,
  position: number,
): Promise<Stored<RangeRecord> | null> {
  const [doc] = await documents.query({
    collection: rangesOf(campaignId),
    where: [['from', '<=', position]],
    orderBy: { field: 'from', descending: true },
    limit: 1,
  });
  if (doc === undefined) return null;
  const range = readRange(doc);
  return range.record.to >= position ? range : null;
}

async function rangesWhere(
  documents: Documents,
  campaignId: string,
  condition: Filter,
  limit: number,
): Promise<Stored<RangeRecord>[]> {
  const docs = await documents.query({ collection: rangesOf(campaignId), where: [condition], limit });
  return docs.map(readRange);
}
