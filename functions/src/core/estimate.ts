import type { Operations } from '../contract/operations.ts';
import { passesOver } from './keyIndex.ts';
import { rampedPerSecond, waitingMost } from './pace.ts';
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
/** A sending instance looks at a campaign every second, and each of its invocations renews its lease every 5 s. */
const LOOKS_PER_SECOND = 1;
const RENEWALS_PER_SECOND = 0.2;
/** Reads of a turn beside the ranges: the campaign, whether any range waits, the batches that are due, and the rate. */
const READS_PER_TURN = 4;
/** Its part of the project's rate is written when it begins, while it ends and when it is given back. */
const RATE_WRITES = 3;
/** Of a campaign that takes longer, for days, the rest goes as these do. */
const TURNS_MOST = 50_000;
/** Until the first range is on its way. */
const START_MS = 200;

/** What a campaign in which nothing fails takes: each retried batch adds 5 reads, 4 writes and a task. */
export function forecast(load: Load, capacity: Capacity): Forecast {
  const ranges = Math.ceil(load.pages / load.pagesPerRange);
  const { ticks, endMs, laneTicks, rangeSeconds, instanceSeconds } = turns(load, capacity);
  const { claims, records } = batches(load, capacity.pushesPerBatch);
  const own = {
    firestoreReads:
      // Creating it: its id, and whether the audience has a member.
      3 +
      load.pages +
      // Taking a range: the campaign and the range.
      2 * ranges +
      instanceSeconds * LOOKS_PER_SECOND +
      // Planning it.
      ranges +
      ticks * READS_PER_TURN +
      // The open ranges in each turn, of which the first and the last find none; and each range once it is closed.
      2 +
      laneTicks +
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
    instanceMs: instanceSeconds * 1_000,
  };
  return { seconds: Math.max(1, Math.round(endMs / 1_000)), operations: withUpload(own, load) };
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

interface Turns {
  readonly ticks: number;
  readonly endMs: number;
  /** Open ranges, added up over the turns, and over the time. */
  readonly laneTicks: number;
  readonly rangeSeconds: number;
  readonly instanceSeconds: number;
}

/**
 * The conductor's turns from the start to the one that finds nothing left: each shares the rate out among the ranges that
 * are open, and what one of them leaves is taken up with the next turn, which releases a few more.
 */
function turns({ pushes, pages, pagesPerRange }: Load, capacity: Capacity): Turns {
  const { openRanges, rangesPerInstance } = capacity;
  const perRange = (pushes * pagesPerRange) / Math.max(1, pages);
  const total = { ticks: 1, endMs: 0, laneTicks: 0, rangeSeconds: 0, instanceSeconds: 0 };
  let unreleased = pushes;
  let open: number[] = [];
  const release = (most: number): void => {
    for (let room = Math.min(most, openRanges) - open.length; room > 0 && unreleased > 0; room -= 1) {
      open.push(Math.min(perRange, unreleased));
      unreleased -= perRange;
    }
  };
  release(1);
  do {
    const delayMs = nextTickDelayMs(total.endMs, 'sending');
    const seconds = (delayMs - (total.ticks === 1 ? START_MS : 0)) / 1_000;
    const share = perSecondAt(total.endMs, open.length, capacity) / Math.max(1, open.length);
    const lasts = open.map((left) => Math.min(seconds, left / share));
    const walkedSeconds = lasts.reduce((sum, one) => sum + one, 0);
    const instances = Math.max(1, open.length / rangesPerInstance);
    total.rangeSeconds += walkedSeconds;
    total.instanceSeconds += (walkedSeconds * instances) / Math.max(1, open.length);
    total.laneTicks += open.length;
    total.endMs += delayMs;
    total.ticks += 1;
    open = open.map((left) => left - share * seconds).filter((left) => left > 0);
    release(open.length + waitingMost(open.length));
  } while (open.length > 0 && total.ticks < TURNS_MOST);
  const left = Math.max(0, unreleased) + open.reduce((sum, one) => sum + one, 0);
  return scaled(total, left === 0 ? 1 : pushes / (pushes - left));
}

function scaled({ ticks, endMs, laneTicks, rangeSeconds, instanceSeconds }: Turns, by: number): Turns {
  return {
    ticks: Math.ceil(ticks * by),
    endMs: endMs * by,
    laneTicks: laneTicks * by,
    rangeSeconds: rangeSeconds * by,
    instanceSeconds: instanceSeconds * by,
  };
}

/** What so many open ranges send together: no more than their instances can, and while the rate rises its part. */
function perSecondAt(atMs: number, lanes: number, capacity: Capacity): number {
  const { perSecond, instancePerSecond, rangesPerInstance, rampMs } = capacity;
  const instances = Math.max(1, lanes / rangesPerInstance);
  return Math.min(rampedPerSecond(perSecond, rampMs === 0 ? null : 0, atMs, rampMs), instances * instancePerSecond);
}

function withUpload(own: Operations, { upload, pages, pagesPerRange }: Load): Operations {
  const whole = (n: number): number => Math.round(n);
  const { parts, keyBuckets } = upload ?? { parts: 0, keyBuckets: 0 };
  const sealed = upload === null ? 0 : 1;
  const ranges = Math.ceil(pages / pagesPerRange);
  return {
    // A part comes with 4 reads and is read by the start once and for its keys with each pass, and by the ranges that plan
    // and walk it; its pages are looked for when they are deleted.
    firestoreReads: whole(
      own.firestoreReads + (5 + passesOver(keyBuckets).length) * parts + 3 * sealed * ranges + sealed * (pages + parts),
    ),
    firestoreWrites: whole(own.firestoreWrites + sealed * (pages + 2 * parts + keyBuckets + 2)),
    firestoreDeletes: whole(own.firestoreDeletes + sealed * (pages + parts + keyBuckets)),
    pubsubMessages: whole(own.pubsubMessages),
    taskOperations: whole(own.taskOperations),
    instanceMs: whole(own.instanceMs),
  };
}
