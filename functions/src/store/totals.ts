import { z } from 'zod';
import { LEDGER_CODES, type Counts } from '../contract/codes.ts';
import { operationsSchema, type Operations } from '../contract/operations.ts';
import { addCounts } from '../core/counts.ts';

const count = z.number().int();

/** Messages by their code in the ledger. */
export const countsSchema = z.custom<Counts>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([code, n]) => code in LEDGER_CODES && Number.isSafeInteger(n)),
  'must be a map of ledger codes to whole numbers',
);

/** What ranges add up to, and a campaign in turn. */
export const totalsSchema = z.object({
  planned: count,
  counts: countsSchema,
  /** Messages sent again though FCM may have accepted them before. */
  resent: count,
  /** Answers of attempts that another one followed. */
  earlier: countsSchema,
  operations: operationsSchema,
});
export type Totals = z.infer<typeof totalsSchema>;

export const NO_OPERATIONS: Operations = {
  firestoreReads: 0,
  firestoreWrites: 0,
  firestoreDeletes: 0,
  pubsubMessages: 0,
  taskOperations: 0,
  instanceMs: 0,
};
export const NO_TOTALS: Totals = { planned: 0, counts: {}, resent: 0, earlier: {}, operations: NO_OPERATIONS };

export function addOperations(a: Operations, b: Operations, sign: 1 | -1 = 1): Operations {
  return {
    firestoreReads: a.firestoreReads + sign * b.firestoreReads,
    firestoreWrites: a.firestoreWrites + sign * b.firestoreWrites,
    firestoreDeletes: a.firestoreDeletes + sign * b.firestoreDeletes,
    pubsubMessages: a.pubsubMessages + sign * b.pubsubMessages,
    taskOperations: a.taskOperations + sign * b.taskOperations,
    instanceMs: a.instanceMs + sign * b.instanceMs,
  };
}

export function addTotals(a: Totals, b: Totals, sign: 1 | -1 = 1): Totals {
  return {
    planned: a.planned + sign * b.planned,
    counts: addCounts(a.counts, b.counts, sign),
    resent: a.resent + sign * b.resent,
    earlier: addCounts(a.earlier, b.earlier, sign),
    operations: addOperations(a.operations, b.operations, sign),
  };
}
