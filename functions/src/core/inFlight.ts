import type { SendResult } from '../contract/push.ts';
import type { Draft } from './resolve.ts';

/** What a batch asks to have in flight. */
export interface Load {
  readonly pushes: number;
  /** What their texts hold of memory until the batch is recorded. */
  readonly bytes: number;
}

/** What a deployment sets for each instance. */
export interface InFlightSettings {
  /** The rate that the instance is set to reach: it takes no more in flight than that needs. */
  readonly perSecond: number;
  /** Messages in flight at the most. More than the connections carry would wait inside the sender. */
  readonly most: number;
  /** The instance's memory. */
  readonly memoryBytes: number;
}

export interface InFlightBounds extends InFlightSettings {
  /** Messages in flight that an instance begins with. */
  readonly start: number;
  readonly least: number;
  /** What batches that are not recorded yet may hold of V8's heap. */
  readonly mostBytes: number;
}

/** What one control window showed. */
export interface Observed {
  readonly elapsedMs: number;
  readonly answers: number;
  /** Answers that say "less": see `isTrouble`. */
  readonly troubled: number;
  /** Whether a batch had to wait for room. */
  readonly waited: boolean;
  /** Resident memory of the process. */
  readonly rssBytes: number;
  /** Share of the window in which the process worked, 0 to 1; 1 is a whole core. */
  readonly busy: number;
}

/** A batch of `sendEach` must always fit. */
const LEAST = 500;
/** 6,000 messages/s at 200 ms are 1,200; twice two batches leave room for the slow ones among them. */
const START = 2_000;
/**
 * Of the instance's memory, what is in flight may hold in V8's heap: 85 of 512 MiB, beside the 45 that the code takes of the
 * 144 MB in functions/.env. An instance with 8,000 messages of 4 KB in flight that nobody answered died of a full heap.
 */
const HELD_SHARE = 1 / 6;
/** Draft, push, result and verdict of a message whose batch is not recorded, rounded up. */
const PUSH_BYTES = 2_048;
/**
 * What the stream of an unanswered message takes of the heap beside. Outside of it comes as much again and more: 8,000
 * that never answer take 140 MB of resident memory, which is what the count bounds.
 */
const STREAM_BYTES = 7_168;
const CHAR_BYTES = 2;

/** Short enough to reach `most` from `start` in some seconds, long enough to see answers at 200 ms. */
export const WINDOW_MS = 500;
const GROWTH = 1.5;
/** Growing stops early: what was let in goes on to be allocated, and V8 collects late. */
const GROW_BELOW_MEMORY = 0.7;
const SHRINK_ABOVE_MEMORY = 0.9;
/** A process that works all the time sends no faster for having more in flight: only its memory and latency grow. */
const GROW_BELOW_BUSY = 0.9;
const MEMORY_SHRINK = 0.75;
/**
 * Up to a tenth of answers the trouble is the addresses' own: a device over its quota, one that never answers. It looks
 * the same as a whole project's, and holding everybody back would not help.
 */
const OWN_TROUBLE_SHARE = 0.1;

export function inFlightBounds(settings: InFlightSettings): InFlightBounds {
  const { most, memoryBytes } = settings;
  return { ...settings, start: Math.min(START, most), least: LEAST, mostBytes: memoryBytes * HELD_SHARE };
}

export function loadOf(drafts: Iterable<Pick<Draft, 'push'>>): Load {
  let pushes = 0;
  let bytes = 0;
  for (const { push } of drafts) {
    if (push === null) continue;
    pushes += 1;
    let chars = push.title.length + push.body.length + (push.imageUrl?.length ?? 0);
    for (const [name, value] of Object.entries(push.data)) chars += name.length + value.length;
    bytes += PUSH_BYTES + CHAR_BYTES * chars;
  }
  return { pushes, bytes };
}

/** 429, 503 and time-outs: FCM, or the way to it, carries less than it is given. */
export function isTrouble(result: SendResult): boolean {
  if (result.kind === 'ambiguous') return result.reason === 'timed-out';
  return result.kind === 'refused' && (result.code === 'QUOTA_EXCEEDED' || result.code === 'UNAVAILABLE');
}

/** Whether there is room for one more batch. An empty instance has room for any. */
export function admits(limit: number, bounds: InFlightBounds, inFlight: Load, load: Load): boolean {
  const fits = inFlight.pushes + load.pushes <= limit || inFlight.pushes === 0;
  return fits && (heldBytes(inFlight) + heldBytes(load) <= bounds.mostBytes || inFlight.bytes === 0);
}

function heldBytes({ pushes, bytes }: Load): number {
  return bytes + pushes * STREAM_BYTES;
}

/**
 * The bound on messages in flight for the next window. It falls with memory or with the share of troubled answers (all of
 * them: by half, as RFC 8257 does for congestion marks), grows while the set rate is not reached for want of room and
 * the process has time to send more, and stays otherwise.
 */
export function nextLimit(limit: number, observed: Observed, bounds: InFlightBounds): number {
  const clamp = (wanted: number): number => Math.round(Math.max(bounds.least, Math.min(bounds.most, wanted)));
  const memory = observed.rssBytes / bounds.memoryBytes;
  if (memory > SHRINK_ABOVE_MEMORY) return clamp(limit * MEMORY_SHRINK);
  const troubled = observed.answers === 0 ? 0 : observed.troubled / observed.answers;
  if (troubled > OWN_TROUBLE_SHARE) return clamp(limit * (1 - troubled / 2));
  const reached = observed.answers * 1_000 >= bounds.perSecond * observed.elapsedMs;
  const useless = reached || !observed.waited || observed.busy > GROW_BELOW_BUSY;
  if (useless || memory > GROW_BELOW_MEMORY) return clamp(limit);
  return clamp(limit * GROWTH);
}
