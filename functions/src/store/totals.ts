import type { Operations } from '../contract/operations.ts';
import { addCounts } from '../core/counts.ts';
import type { Totals } from './records.ts';

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
