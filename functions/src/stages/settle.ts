import type { Operations } from '../contract/operations.ts';
import { tally } from '../core/counts.ts';
import type { Ending } from '../contract/codes.ts';
import { decodeCodes, encodeCodes, withCodes } from '../core/ledger.ts';
import { RETRY_WINDOW_MS, retryDelayMs } from '../core/backoff.ts';
import { isWaiting, writeOff, type Attempt, type Verdict } from '../core/verdict.ts';
import type { Draft } from '../core/resolve.ts';
import type { Fields } from '../ports.ts';
import { codeFields } from '../store/ledger.ts';
import type { Meter } from '../store/meter.ts';
import { untilSettled } from '../store/mutate.ts';
import { batchPath, rangePath, rangeOfBatch } from '../store/paths.ts';
import { readBatch, readRange, type BatchRecord, type RangeRecord, type Stored } from '../store/records.ts';
import { NO_TOTALS, addTotals, type Totals } from '../store/totals.ts';

/** The attempt that a claimed batch is in, as the limits count it. */
export function attemptOf({ attempt, attemptsBefore, firstAttemptAtMs }: BatchRecord, nowMs: number): Attempt {
  return { number: attempt - attemptsBefore, firstAttemptAtMs, nowMs };
}

/** The batch with verdicts on some of its entries, given at the end of an attempt. */
export function withVerdicts(
  record: BatchRecord,
  verdicts: ReadonlyMap<number, Verdict>,
  nowMs: number,
  fraction: number,
): BatchRecord {
  const codes = withCodes(record.codes, new Map([...verdicts].map(([index, { code }]) => [index, code])));
  const fields = codeFields(codes);
  const pauseMs = Math.max(0, ...[...verdicts.values()].map((verdict) => verdict.pauseMs));
  const again = Object.keys(fields.counts).filter((code) => code.startsWith('retry.'));
  const delayMs = retryDelayMs(attemptOf(record, nowMs).number, fraction, pauseMs);
  // What was only withheld has not failed: it waits for its campaign, and for nothing else.
  const nextAtMs = again.every((code) => code === 'retry.withheld') ? nowMs : nowMs + delayMs;
  // At the end of its time the retry gives it up; it need not wait any longer for that.
  const retryAtMs = Math.max(nowMs, Math.min(nextAtMs, record.firstAttemptAtMs + RETRY_WINDOW_MS));
  // All that waits is looked at again together; what is still held then stays so.
  const waitMs = again.length > 0 ? retryAtMs : (record.heldUntilMs ?? retryAtMs);
  const dueAtMs = fields.state === 'retry' ? waitMs : null;
  return { ...record, ...fields, recordedAtMs: nowMs, dueAtMs };
}

/** The batch with everything that waits to be sent written off, because the campaign is ending. */
export function writtenOff(record: BatchRecord, ending: Ending, nowMs: number): BatchRecord {
  const codes = decodeCodes(record.codes).map((code) => (isWaiting(code) ? writeOff(code, ending) : code));
  return {
    ...record,
    ...codeFields(encodeCodes(codes)),
    recordedAtMs: nowMs,
    dueAtMs: null,
    heldUntilMs: null,
  };
}

/** When to look again at what is held of a batch; null where nothing is. */
export function heldUntilMs(drafts: Iterable<Draft>): number | null {
  const times = [...drafts].flatMap((draft) => (draft.heldUntilMs === undefined ? [] : [draft.heldUntilMs]));
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * Writes to a batch that its range's holder may have counted already: batch and range change together, so that what
 * the range adds up to stays what its batches hold.
 *
 * @param decide the batch as it should be, or null to leave everything alone
 * @returns the batch as written; null where it was left alone
 */
export async function settle(
  meter: Meter,
  campaignId: string,
  id: string,
  decide: (record: BatchRecord) => BatchRecord | null,
): Promise<Stored<BatchRecord> | null> {
  const { documents } = meter.world;
  const path = batchPath(campaignId, id);
  return untilSettled(async () => {
    const [batchDoc, rangeDoc] = await documents.getMany([path, rangePath(campaignId, rangeOfBatch(id))]);
    if (!batchDoc || !rangeDoc) return null;
    const before = readBatch(batchDoc);
    const range = readRange(rangeDoc);
    const after = decide(before.record);
    if (after === null) return null;
    const operations = meter.unbilled(2);
    const [version] = await documents.commit([
      { update: path, at: before.version, fields: after as unknown as Fields },
      { update: range.path, at: range.version, fields: rangeAfter(range.record, before.record, after, operations) },
    ]);
    meter.bill(operations);
    return { path, version: version as string, record: after };
  });
}

/** While a holder walks the range it will read the batch again before it adds up; otherwise nobody else does. */
function rangeAfter(range: RangeRecord, before: BatchRecord, after: BatchRecord, operations: Operations): Fields {
  const spent = { ...NO_TOTALS, operations };
  if (range.state === 'open') {
    const totals = range.holder === null ? exchange(range.totals, before, after) : range.totals;
    return { totals: addTotals(totals, spent) };
  }
  return rangeWith(addTotals(exchange(range.totals, before, after), spent));
}

/** A range's totals after a batch of it has changed. */
export function exchange(totals: Totals, before: BatchRecord, after: BatchRecord): Totals {
  return addTotals(addTotals(totals, contribution(before), -1), contribution(after));
}

/** A range that was walked, with other totals. */
export function rangeWith(totals: Totals): Pick<RangeRecord, 'totals' | 'fold' | 'state'> {
  return { totals, fold: true, state: tally(totals.counts).open === 0 ? 'done' : 'walked' };
}

/** What a batch adds to its range's totals; operations are counted by invocation, not by batch. */
export function contribution(record: BatchRecord): RangeRecord['totals'] {
  return {
    ...NO_TOTALS,
    planned: record.planned,
    counts: record.counts,
    resent: record.resent,
    earlier: record.earlier,
  };
}

/** Places of a batch whose code satisfies the condition. */
export function placesOf(
  record: BatchRecord,
  condition: (code: ReturnType<typeof decodeCodes>[number]) => boolean,
): number[] {
  return decodeCodes(record.codes).flatMap((code, index) => (condition(code) ? [index] : []));
}
