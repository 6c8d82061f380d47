import { z } from 'zod';
import { countCodes, tally } from '../core/counts.ts';
import { decodeCodes, encodeEntries, type LedgerEntry } from '../core/ledger.ts';
import type { Documents, Fields } from '../ports.ts';
import { batchesOf, batchId, batchPath, idOf } from './paths.ts';
import { readBatch, type BatchRecord, type Stored } from './records.ts';

/** Documents per read: at about 12 KB each a read stays near 1 MB. */
const READ_SIZE = 100;
const LAST_ID = batchId(99_999_999, 99_999);

/** Everything that a range's holders wrote down, in the order of its log. */
export async function readLog(documents: Documents, campaignId: string, range: number): Promise<Stored<BatchRecord>[]> {
  return Array.fromAsync(readSpan(documents, campaignId, batchId(range, 0), batchId(range, 99_999)));
}

/** Batches of one range in the order of its log, from this one on. */
export async function batchesFrom(
  documents: Documents,
  campaignId: string,
  range: number,
  fromId: string,
  limit: number,
): Promise<Stored<BatchRecord>[]> {
  const span = { fromId, toId: batchId(range, 99_999) };
  return (await documents.query({ collection: batchesOf(campaignId), ...span, limit })).map(readBatch);
}

/** A campaign's whole ledger in order, read as it is consumed. */
export async function* readBatches(documents: Documents, campaignId: string): AsyncGenerator<BatchRecord> {
  for await (const { record } of readSpan(documents, campaignId, batchId(0, 0), LAST_ID)) yield record;
}

async function* readSpan(
  documents: Documents,
  campaignId: string,
  fromId: string,
  toId: string,
): AsyncGenerator<Stored<BatchRecord>> {
  for (let next = fromId; ;) {
    const docs = await documents.query({ collection: batchesOf(campaignId), fromId: next, toId, limit: READ_SIZE });
    const batches = docs.map(readBatch);
    yield* batches;
    const last = batches.at(-1);
    if (last === undefined || docs.length < READ_SIZE) return;
    next = batchId(last.record.range, last.record.seq + 1);
  }
}

/**
 * Appends to a range's log. Create-only: of two holders that append at the same place one gets a `WriteConflict`, and
 * so learns that it is not alone.
 * @returns the document's version
 */
export async function appendToLog(
  documents: Documents,
  campaignId: string,
  record: BatchRecord,
  expireAt: Date,
): Promise<string> {
  const create = batchPath(campaignId, batchId(record.range, record.seq));
  const [version] = await documents.commit([{ create, fields: { ...(record as unknown as Fields), expireAt } }]);
  return version as string;
}

/** The fields of a batch that follow from its entries. */
export function entryFields(
  entries: readonly LedgerEntry[],
): Pick<
  BatchRecord,
  | 'keys'
  | 'memberNos'
  | 'addresses'
  | 'consents'
  | 'nightConsents'
  | 'attempts'
  | 'codes'
  | 'counts'
  | 'planned'
  | 'open'
  | 'state'
> {
  const columns = encodeEntries(entries);
  return { ...columns, ...codeFields(columns.codes), planned: entries.length };
}

/** The fields of a batch that follow from its codes. */
export function codeFields(codes: Uint8Array): Pick<BatchRecord, 'codes' | 'counts' | 'open' | 'state'> {
  const counts = countCodes(decodeCodes(codes));
  const { open } = tally(counts);
  const state = counts['claimed.sending'] !== undefined ? 'claimed' : open > 0 ? 'retry' : 'final';
  return { codes, counts, open, state };
}

/** A batch with messages that wait, as far as the conductor needs to know it. */
export interface WaitingBatch {
  readonly id: string;
  readonly dueAtMs: number;
  /** Attempts begun. */
  readonly attempt: number;
  /** Messages without an outcome. */
  readonly messages: number;
}

/**
 * Batches that somebody has to see to until a time, in the order in which they fall due: messages that wait for their next
 * attempt, or an attempt whose sender should have ended by then.
 * @param page.after the last of the page before; null for the first
 */
export async function waitingBatches(
  documents: Documents,
  campaignId: string,
  page: {
    readonly untilMs: number;
    readonly after: { readonly dueAtMs: number; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<WaitingBatch[]> {
  const docs = await documents.query({
    collection: batchesOf(campaignId),
    where: [['dueAtMs', '<=', page.untilMs]],
    orderBy: { field: 'dueAtMs', descending: false },
    ...(page.after === null ? {} : { after: [page.after.dueAtMs, page.after.id] }),
    fields: ['dueAtMs', 'attempt', 'open'],
    limit: page.limit,
  });
  return docs.map((doc) => {
    const { dueAtMs, attempt, open } = waitingSchema.parse(doc.fields);
    return { id: idOf(doc.path), dueAtMs, attempt, messages: open };
  });
}

const waitingSchema = z.object({ dueAtMs: z.number(), attempt: z.number(), open: z.number() });
