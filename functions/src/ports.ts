import type { Billing } from './contract/operations.ts';
import type { Push, SendResult } from './contract/push.ts';
import type { RangeSignal, TaskName, TaskPayloads } from './contract/signals.ts';

/** What a document may hold. A `Date` is for TTL fields alone; every other time is a number of milliseconds. */
export type Value = null | boolean | number | string | Date | Uint8Array | readonly Value[] | Fields;
export interface Fields {
  readonly [field: string]: Value;
}

export interface Doc {
  /** `collection/id` or `collection/id/collection/id`. */
  readonly path: string;
  /** Changes with every write that changes the document, and is never used again. */
  readonly version: string;
  readonly fields: Fields;
}

/** One change of a commit. A commit is all or nothing. */
export type Write =
  /** Fails with `WriteConflict` where the document exists. */
  | { readonly create: string; readonly fields: Fields }
  /** Replaces the given top-level fields, one at least; fails with `WriteConflict` unless the document is at this version. */
  | { readonly update: string; readonly at: string; readonly fields: Fields }
  /** Sets the given leaves and leaves every other field alone; makes the document where there is none. */
  | { readonly merge: string; readonly fields: Fields }
  /**
   * Sets one entry of a map field and leaves everything else alone; fails with `WriteConflict` unless the document is
   * at this version.
   */
  | { readonly set: string; readonly at: string; readonly path: readonly [string, string]; readonly value: Value }
  /** Takes one entry out of a map field; nothing happens where it is not there. */
  | { readonly remove: string; readonly path: readonly [string, string] }
  | { readonly delete: string };

export type Filter = readonly [field: string, operator: '==' | '<' | '<=' | '>' | '>=', value: Value];

/** A field, or an entry of a map field. */
export type FieldPath = readonly [field: string, entry?: string];

export interface Query {
  readonly collection: string;
  readonly where?: readonly Filter[];
  /** By field, or by document id where absent. */
  readonly orderBy?: { readonly field: string; readonly descending: boolean };
  /** First document id, included; only without `orderBy`. */
  readonly fromId?: string;
  /** Last document id, included; only without `orderBy`. */
  readonly toId?: string;
  /** The `orderBy` value and id of the last document of the page before. */
  readonly after?: readonly [value: Value, id: string];
  readonly limit: number;
  /** Leaves the fields out: the answer tells only which documents there are. */
  readonly idsOnly?: boolean;
  /** Only these top-level fields are read; all where absent. */
  readonly fields?: readonly string[];
}

/** A create met a document, or an update met another version. Nothing of the commit was written. */
export class WriteConflict extends Error {
  override readonly name = 'WriteConflict';
}

/** The document database: single-document versions and atomic commits are all that the pipeline builds on. */
export interface Documents {
  get(path: string): Promise<Doc | null>;
  /**
   * In the order asked for; null where there is none.
   * @param fields only these fields, or entries of map fields, are read of each document; all where absent
   */
  getMany(paths: readonly string[], fields?: readonly FieldPath[]): Promise<(Doc | null)[]>;
  query(query: Query): Promise<Doc[]>;
  /**
   * All writes or none. At most 500.
   * @returns the new version of each written document, in order.
   * @throws WriteConflict
   */
  commit(writes: readonly Write[]): Promise<string[]>;
  /**
   * How many documents of a collection there are, without reading them.
   * @param run first and last document id, both included
   */
  count(collection: string, run: { readonly fromId: string; readonly toId: string }): Promise<number>;
  /** Adds up each number field over the documents of a collection, without reading them. */
  sum(collection: string, fields: readonly string[]): Promise<number[]>;
}

/** Where ranges are released to be sent. Delivery is at least once, in any order. */
export interface RangeTopic {
  release(signals: readonly RangeSignal[]): Promise<void>;
}

/** What could not be understood, for an operator to look at. Carries ids and reasons, never content. */
export interface DeadLetters {
  put(letter: { readonly source: string; readonly reason: string; readonly body: string }): Promise<void>;
}

export interface TaskQueue {
  /**
   * Calls the function `task` at `atMs` or later, at least once. A name is taken once: the same name again is
   * quietly dropped, also for some time after the task has run.
   */
  enqueue<T extends TaskName>(task: T, payload: TaskPayloads[T], options: TaskOptions): Promise<void>;
}
export interface TaskOptions {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Carries pushes to FCM. */
export interface Sender {
  /**
   * Sends 1 to 500 pushes. Each gets exactly one result, handed over as it becomes known, in any order; the promise
   * resolves after the last. It settles within the sender's deadline, and never rejects for what happens to a push.
   * @param window when POSTs may begin; at any time where absent
   * @param mode `validate`: FCM checks the pushes and delivers none; `deliver` where absent
   */
  send(
    pushes: readonly Push[],
    onResult: (index: number, result: SendResult) => void,
    window?: SendWindow,
    mode?: SendMode,
  ): Promise<void>;
}
/** Once it has closed no further POST begins: pushes that have not been posted end as `notSent`. */
export interface SendWindow {
  /** Closes it when it is aborted. */
  readonly stop?: AbortSignal;
  /**
   * Closes it, in milliseconds since 1970. The clock is looked at right before each POST: a process that stood still
   * beyond this time posts nothing.
   */
  readonly untilMs?: number;
}
export type SendMode = 'deliver' | 'validate';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** A name nobody else has. */
  id(): string;
  /** At least 0, below 1. */
  fraction(): number;
}

export type LogFields = Readonly<Record<string, string | number | boolean>>;
/** Structured log. Callers pass ids, codes and counts, never a title, body, token, name or variable. */
export interface Log {
  info(event: string, fields: LogFields): void;
  warn(event: string, fields: LogFields): void;
  error(event: string, fields: LogFields): void;
}

/** Bounds the messages and bytes that one instance has in flight, whatever number of ranges it works on. */
export interface InFlight {
  /** Waits for room for a batch, in the order asked. Whoever is given a permit must release it. */
  acquire(load: { readonly pushes: number; readonly bytes: number }): Promise<Permit>;
}
export interface Permit {
  /** Gives back the place of one push that has its result. */
  answered(result: SendResult): void;
  /** Gives back all that is left: the batch is recorded, or will not go out. Calling it again does nothing. */
  release(): void;
}

/** Lets those invocations of one instance that watch the same subject look at it together. */
export interface Looks {
  /**
   * Waits for the next look at the subject, which one of those who wait takes for all.
   *
   * @param read what all who name this subject mean; rejects for all of them
   * @param signal ends the wait
   * @returns null where the wait was ended
   */
  next<T>(subject: string, read: () => Promise<T>, signal: AbortSignal): Promise<T | null>;
}

/** Figures that a deployment may change; each with its unit. See config.ts for defaults and bounds. */
export interface Settings {
  readonly recipientsPerRange: number;
  /** Pushes that one batch claims and sends, 10 to 500: what may become ambiguous when an instance dies. */
  readonly pushesPerBatch: number;
  /** Ranges of one campaign that may be released and not yet walked. */
  readonly openRanges: number;
  readonly leaseMs: number;
  /** Messages that may reach FCM in a minute, from all campaigns of the project together. */
  readonly fcmPerMinute: number;
  /** A campaign to more than `rampAbove` recipients takes this long from no rate at all to its full one. */
  readonly rampMs: number;
  readonly rampAbove: number;
  /** A range invocation hands on what is left when it has run this long. */
  readonly invocationMs: number;
  readonly ledgerTtlMs: number;
  /** Whose rules for advertising hold, see `AD_RULES`. */
  readonly country: 'KR';
  /** Campaigns that may write to one member on a day of its calendar, and on seven of them; Infinity where any number may. */
  readonly frequencyCap: { readonly perDay: number; readonly perWeek: number };
  /** An address that FCM called dead is kept this long, in case it was not. */
  readonly addressGraceMs: number;
  /** A larger share of a campaign's addresses is not dead at once: then FCM is not believed. */
  readonly quarantineShare: number;
  /** Uploaded recipients go by themselves after this time, where no campaign's end took them away before. */
  readonly recipientTtlMs: number;
  readonly billing: Billing;
  /** Messages per second that one instance is set to reach, and ranges that it works on at once. */
  readonly instancePerSecond: number;
  readonly rangesPerInstance: number;
}

/** All that a stage needs from the world. */
export interface World {
  readonly documents: Documents;
  readonly ranges: RangeTopic;
  readonly deadLetters: DeadLetters;
  readonly tasks: TaskQueue;
  readonly sender: Sender;
  readonly inFlight: InFlight;
  readonly looks: Looks;
  /**
   * Milliseconds of this instance's time, as one of its invocations shares in it: while n of them run it grows by 1/n.
   */
  readonly instanceMs: () => number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settings: Settings;
}
