import { z } from 'zod';
import { campaignRequestSchema, type CampaignRequest } from '../contract/campaign.ts';
import { CAMPAIGN_STATES, ENDINGS } from '../contract/codes.ts';
import type { Doc, Fields } from '../ports.ts';
import { countsSchema, totalsSchema } from './totals.ts';

const count = z.number().int();
const ms = z.number().int();
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');

/** Of a campaign that has released no retry. */
export const NO_RETRIES = { after: null, freeAtMs: 0, round: 0, lookedAtMs: 0, lookedTo: null } as const;
/** Of a campaign that may send nothing. */
export const NO_PACE = { perSecond: 0, rangePerSecond: 0, untilMs: 0 } as const;

let lastRequest: { readonly text: string; readonly request: CampaignRequest } | null = null;

/** A sending instance looks at its campaign every second, and mostly meets the same text. */
function readRequest(text: string): CampaignRequest {
  if (lastRequest?.text !== text) lastRequest = { text, request: campaignRequestSchema.parse(JSON.parse(text)) };
  return lastRequest.request;
}

/** A place among the batches that wait, in the order in which they fall due. */
const placeSchema = z.object({ dueAtMs: ms, id: z.string() });

const answersSchema = z.object({
  taken: count,
  payload: count,
  thirdParty: count,
  mismatch: count,
  credentials: count,
  quota: count,
  down: count,
});
const healthSchema = z.object({
  judged: answersSchema.nullable(),
  canary: z.enum(['due', 'out', 'passed']),
  canarySinceMs: ms,
  outage: z.object({ sinceMs: ms, probes: count, probeAtMs: ms }).nullable(),
});

const campaignRecordSchema = z.object({
  id: z.string(),
  state: z.enum(CAMPAIGN_STATES),
  /** While `running`: nothing is sent any more, and what is left is written off as this. */
  ending: z.enum(ENDINGS).nullable(),
  request: z.string().transform(readRequest),
  /** base64url SHA-256 of the request as it was created, whatever was changed since: tells the same body from another one. */
  digest: z.string(),
  createdBy: z.string(),
  createdAtMs: ms,
  /** When it is, or was, to start; null for a draft. */
  startsAtMs: ms.nullable(),
  startedAtMs: ms.nullable(),
  endedAtMs: ms.nullable(),
  /** Number of the last conductor tick that was carried out; 0 before the first. */
  tick: count,
  /**
   * When it should next be heard of: of a scheduled campaign its launch, of one that has ended the rest of `careFrom`.
   * Null where nothing is to happen by itself.
   */
  nextTickAtMs: ms.nullable(),
  /** Of one that has ended: the first range whose findings the directory does not have yet; null where it has all. */
  careFrom: count.nullable(),
  /** When it was last resumed, or began to end; null where neither happened. */
  resumedAtMs: ms.nullable(),
  /** Of a campaign that had ended and tries again what failed: the first ledger document that it has not looked at. */
  redrive: z.object({ next: z.string().nullable() }).nullable(),
  /** What it may send in a second, of it each of its ranges, and until when; after that nothing, before the next turn. */
  pace: z.object({ perSecond: z.number(), rangePerSecond: z.number(), untilMs: ms }),
  /** What FCM's answers said of it so far. */
  health: healthSchema,
  /** Why it was halted; null where it is not. */
  haltedBecause: z.string().nullable(),
  /** Its rate rises from 0 since then; null where it starts at once. */
  rampFromMs: ms.nullable(),
  /** How far what waits for another attempt has been released. */
  retries: z.object({
    /** The last that was released; null before the first, and after a rest: all that waits is released anew. */
    after: placeSchema.nullable(),
    /** When those released have used up the campaign's rate to. */
    freeAtMs: ms,
    /** Looks back so far, when the last was, and how far releases had come by then. */
    round: count,
    lookedAtMs: ms,
    lookedTo: placeSchema.nullable(),
  }),
  /** Index of the next range to plan. */
  nextIndex: count,
  /** First position of the source that no range holds; null when all is planned. */
  nextPosition: count.nullable(),
  /** Names the start that holds the upload's parts still and looks at them; null when none does. */
  sealing: z.string().nullable(),
  /** The upload as it was sealed; null before, and for members. */
  upload: z
    .object({
      parts: count,
      recipients: count,
      pages: count,
      /** When the first of its recipients go by themselves. */
      keptUntilMs: ms,
      /** Documents of the key index. */
      keyBuckets: count,
    })
    .nullable(),
  /** Until when the upload's recipients are kept for a redrive, counted from the first end; null where they are not. */
  uploadUntilMs: ms.nullable(),
  /** Every range has been walked. */
  walked: z.boolean(),
  /** Messages and tasks of this campaign that were given up: how many, and the last few. */
  deadLetters: z.object({
    count,
    latest: z.array(z.object({ id: z.string(), atMs: ms, source: z.string(), reason: z.string() })),
  }),
  /** Where recipients stand whom nobody could read, the first few places. */
  unreadable: z.array(z.string()),
  totals: totalsSchema,
  problems: z.array(z.string()),
  /** Tests that were sent or validated. */
  tests: count,
  audit: z.array(z.object({ atMs: ms, who: z.string(), what: z.string() })),
});
export type CampaignRecord = z.infer<typeof campaignRecordSchema>;

const rangeRecordSchema = z.object({
  index: count,
  from: count,
  to: count,
  /** `open`: to be walked. `walked`: every message is in the ledger, some wait for a retry. `done`: all have an outcome. */
  state: z.enum(['open', 'walked', 'done']),
  /** Counts the holders; a higher one has taken the range over from a lower one. 0 before the first. */
  fence: count,
  holder: z.string().nullable(),
  leaseUntilMs: ms,
  releasedAtMs: ms,
  /** Last position that the walk has come to; `from - 1` before the first. */
  walkedTo: count,
  totals: totalsSchema,
  /** The part of `totals` that the campaign's totals already hold. */
  folded: totalsSchema,
  /** `totals` is to be folded into the campaign's. */
  fold: z.boolean(),
  /** Where recipients stand whom the walk could not read, the first few places. */
  unreadable: z.array(z.string()),
});
export type RangeRecord = z.infer<typeof rangeRecordSchema>;

const batchRecordSchema = z.object({
  range: count,
  seq: count,
  /** `takeover` holds no messages: it marks where a new holder of the range took over its log. */
  kind: z.enum(['batch', 'takeover']),
  fence: count,
  /** First and last position of the source where the batch's recipients were found. */
  from: count,
  to: count,
  /** Names the one invocation that may send and record this attempt. */
  claim: z.string(),
  /** Attempts begun, from 1; 0 where nothing in the batch was to be sent. */
  attempt: count,
  /** Of these, attempts that do not count against the limits any more: the campaign has rested since. */
  attemptsBefore: count,
  state: z.enum(['claimed', 'retry', 'final']),
  keys: bytes,
  memberNos: bytes,
  addresses: bytes,
  consents: bytes,
  nightConsents: bytes,
  attempts: bytes,
  codes: bytes,
  counts: countsSchema,
  planned: count,
  /** Messages without an outcome yet. */
  open: count,
  resent: count,
  earlier: countsSchema,
  /** The first of the attempts that count. */
  firstAttemptAtMs: ms,
  claimedAtMs: ms,
  recordedAtMs: ms.nullable(),
  /**
   * When somebody has to see to it: to the next attempt at what waits, or to an attempt whose sender should have ended by
   * then. Null where the range's holder does, and where nothing is left to do.
   */
  dueAtMs: ms.nullable(),
  /** When to look again at the first of the messages that are held; null where none is. */
  heldUntilMs: ms.nullable(),
});
export type BatchRecord = z.infer<typeof batchRecordSchema>;

const partRecordSchema = z.object({
  part: count,
  /** Names the pages that hold this part: each arrival of a part has its own. */
  uploadId: z.string(),
  /** base64url SHA-256 of the body as sent: tells the same part from another version of it. */
  digest: z.string(),
  recipients: count,
  /** Recipients of each page, in order. */
  pageSizes: z.array(count),
  /** Place of the part's first page within the upload; null before the upload is sealed. */
  firstPage: count.nullable(),
  /** When its recipients go by themselves. */
  keptUntilMs: ms,
  /** The start that held the part still; it counts while the campaign names the same one. */
  sealing: z.string().nullable(),
});
export type PartRecord = z.infer<typeof partRecordSchema>;

/** A document read, with the version that an update of it must name. */
export interface Stored<T> {
  readonly path: string;
  readonly version: string;
  readonly record: T;
}

const reader =
  <T>(schema: z.ZodType<T>) =>
  (doc: Doc): Stored<T> => ({ path: doc.path, version: doc.version, record: schema.parse(doc.fields) });

export const readCampaign = reader(campaignRecordSchema);
export const readRange = reader(rangeRecordSchema);
export const readBatch = reader(batchRecordSchema);
export const readPart = reader(partRecordSchema);

/** A campaign's fields as they are stored. */
export function campaignFields(record: Partial<CampaignRecord>): Fields {
  const { request, ...rest } = record;
  return { ...rest, ...(request === undefined ? {} : { request: JSON.stringify(request) }) };
}
