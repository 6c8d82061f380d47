import type { Operations } from '../contract/operations.ts';
import { nextTickDelayMs } from './turn.ts';

/** What a campaign is to do. */
export interface Load {
  /** Messages planned: one for each address, or one for each recipient to whom nothing is sent. */
  readonly messages: number;
  /** Of these, those that go to FCM. */
  readonly pushes: number;
  /** Pages of the directory or of the upload that are walked. */
  readonly pages: number;
  readonly pagesPerRange: number;
  /** Of an upload; null for members. */
  readonly upload: { readonly parts: number; readonly keyBuckets: number } | null;
}

/** What it has to do it with. */
export interface Capacity {
  /** Messages per second that it may send. */
  readonly perSecond: number;
  /** Messages per second that one instance reaches. */
  readonly instancePerSecond: number;
  readonly rangesPerInstance: number;
  /** Ranges that are sent at once. */
  readonly openRanges: number;
  readonly pushesPerBatch: number;
  /** The rate rises from 0 for this long; 0 where it does not. */
  readonly rampMs: number;
}

export interface Forecast {
  /** From the start to the end. */
  readonly seconds: number;
  readonly operations: Operations;
}

/** Entries of one ledger document; see core/pack.ts. */
const ENTRIES_PER_BATCH = 1_000;
/** A sending invocation looks at its campaign every second, and renews its lease every 5 s. */
const LOOKS_PER_SECOND = 1;
const RENEWALS_PER_SECOND = 0.2;
/** Reads of a turn beside the ranges: the campaign, whether any range waits, the batches that are due, and the rate. */
const READS_PER_TURN = 4;
/** Its part of the project's rate is written when it begins, while it ends and when it is given back. */
const RATE_WRITES = 3;
/** Until the first range is on its way. */
const START_MS = 200;

/** What a campaign in which nothing fails takes: each retried batch adds 5 reads, 4 writes and a task. */
export function forecast(load: Load, capacity: Capacity): Forecast {
  const ranges = Math.ceil(load.pages / load.pagesPerRange);
  const lanes = Math.min(ranges, capacity.openRanges);
  // The last range is a part of one.
  const busyLanes = Math.min(load.pages / load.pagesPerRange, capacity.openRanges);
  const instances = Math.max(1, busyLanes / capacity.rangesPerInstance);
  const perSecond = Math.min(capacity.perSecond, instances * capacity.instancePerSecond);
  const sendingSeconds = secondsOf(load.pushes, perSecond, capacity.rampMs / 1_000);
  const { ticks, endMs } = turns(START_MS + sendingSeconds * 1_000);
  const rangeSeconds = sendingSeconds * busyLanes;
  const { claims, records } = batches(load, capacity.pushesPerBatch);
  const own = {
    firestoreReads:
      // Creating it: its id, and whether the audience has a member.
      3 +
      load.pages +
      // Taking a range: the campaign and the range.
      2 * ranges +
      rangeSeconds * LOOKS_PER_SECOND +
      // Planning it.
      ranges +
      ticks * READS_PER_TURN +
      // The open ranges in each turn but the first and the last, which find none; and each range once it is closed.
      2 +
      Math.max(0, ticks - 2) * lanes +
      Math.max(ticks, ranges) +
      // The ledger's own sums.
      2,
    firestoreWrites:
      1 +
      claims +
      records +
      // A range is made, taken, closed and added up.
      4 * ranges +
      rangeSeconds * RENEWALS_PER_SECOND +
      RATE_WRITES +
      ticks,
    firestoreDeletes: claims + ranges,
    pubsubMessages: ranges,
    taskOperations: 1 + ticks,
    instanceMs: instances * sendingSeconds * 1_000,
  };
  return { seconds: Math.max(1, Math.round(endMs / 1_000)), operations: withUpload(own, load) };
}

/** How long so many messages take at a rate that rises from 0 in a straight line, and then stays. */
function secondsOf(pushes: number, perSecond: number, rampSeconds: number): number {
  const inRamp = (perSecond * rampSeconds) / 2;
  if (pushes < inRamp) return Math.sqrt((2 * pushes * rampSeconds) / perSecond);
  return rampSeconds + (pushes - inRamp) / perSecond;
}

/** Batches of the ledger: those that are claimed, and those of them that FCM answers. */
function batches(load: Load, perBatch: number): { claims: number; records: number } {
  const { messages, pushes, pages, pagesPerRange } = load;
  const full = Math.floor(pages / pagesPerRange);
  const filled = (n: number, size: number): number => {
    const ofPages = (count: number): number => Math.ceil((n / Math.max(1, pages)) * (count / size));
    return full * ofPages(pagesPerRange) + ofPages(pages - full * pagesPerRange);
  };
  const records = filled(pushes, perBatch);
  return { records, claims: Math.max(records, filled(messages, ENTRIES_PER_BATCH)) };
}

/** The conductor's turns from the start to the one that finds nothing left. */
function turns(sendingMs: number): { readonly ticks: number; readonly endMs: number } {
  let ticks = 1;
  let endMs = 0;
  for (; endMs < sendingMs || ticks === 1; ticks += 1) {
    endMs += nextTickDelayMs(endMs, 'sending');
  }
  return { ticks, endMs };
}

function withUpload(own: Operations, { upload, pages, pagesPerRange }: Load): Operations {
  const whole = (n: number): number => Math.round(n);
  const { parts, keyBuckets } = upload ?? { parts: 0, keyBuckets: 0 };
  const sealed = upload === null ? 0 : 1;
  const ranges = Math.ceil(pages / pagesPerRange);
  return {
    // A part comes with 4 reads and is read twice by the start, and by the ranges that plan and walk it; its pages are
    // looked for when they are deleted.
    firestoreReads: whole(own.firestoreReads + 6 * parts + 3 * sealed * ranges + sealed * (pages + parts)),
    firestoreWrites: whole(own.firestoreWrites + sealed * (pages + 2 * parts + keyBuckets + 2)),
    firestoreDeletes: whole(own.firestoreDeletes + sealed * (pages + parts + keyBuckets)),
    pubsubMessages: whole(own.pubsubMessages),
    taskOperations: whole(own.taskOperations),
    instanceMs: whole(own.instanceMs),
  };
}
