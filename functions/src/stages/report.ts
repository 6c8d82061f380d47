import type { CampaignList, CampaignView, OutcomeLine, RecipientOutcomes } from '../contract/campaign.ts';
import type { CampaignState, Outcome } from '../contract/codes.ts';
import { ProblemError } from '../contract/problem.ts';
import { wordsOf } from '../core/counts.ts';
import { bucketOfKey, pagesOfKey } from '../core/keyIndex.ts';
import { decodeEntries } from '../core/ledger.ts';
import { hex } from '../core/resolve.ts';
import type { World } from '../ports.ts';
import { listCampaignRecords, readCampaignRecord } from '../store/campaigns.ts';
import { readKeyBucket } from '../store/keyIndex.ts';
import { readBatches, readLog } from '../store/ledger.ts';
import { openRanges, rangeHolding, rangesToFold } from '../store/ranges.ts';
import type { BatchRecord, CampaignRecord, RangeRecord } from '../store/records.ts';
import { campaignView } from './view.ts';

const LIST_DEFAULT = 20;
/** A conductor that rests leaves as many as were open unfolded, and those whose retries were on their way. */
const UNFOLDED_MAX = 300;

/** @throws ProblemError `not_found` */
export async function showCampaign(world: World, id: string): Promise<CampaignView> {
  return showRecord(world, await existing(world, id));
}

/** A campaign with what its ranges have come to since its conductor last looked. */
export async function showRecord(world: World, campaign: CampaignRecord): Promise<CampaignView> {
  return campaignView(campaign, await unfoldedRanges(world, campaign), world.clock.now(), world.settings.billing);
}

/** In this order: a range that is closed in between is met in the second list, which then counts. */
async function unfoldedRanges(
  { documents, settings }: World,
  { id, startedAtMs, endedAtMs, walked }: CampaignRecord,
): Promise<RangeRecord[]> {
  if (startedAtMs === null || endedAtMs !== null) return [];
  const open = walked ? [] : await openRanges(documents, id, settings.openRanges);
  const closed = await rangesToFold(documents, id, UNFOLDED_MAX);
  return [...new Map([...open, ...closed].map(({ record }) => [record.index, record])).values()];
}

/** Newest first. @throws ProblemError `bad_request` for a cursor that this never gave out */
export async function listCampaigns(
  world: World,
  query: { readonly state?: CampaignState; readonly cursor?: string; readonly limit?: number },
): Promise<CampaignList> {
  const limit = query.limit ?? LIST_DEFAULT;
  const records = await listCampaignRecords(world.documents, {
    limit: limit + 1,
    ...(query.state === undefined ? {} : { state: query.state }),
    ...(query.cursor === undefined ? {} : { after: decodeCursor(query.cursor) }),
  });
  const shown = records.slice(0, limit);
  const last = shown.at(-1);
  return {
    campaigns: await Promise.all(shown.map((record) => showRecord(world, record))),
    cursor: records.length > limit && last !== undefined ? encodeCursor(last) : null,
  };
}

/**
 * One line for each message, in the order of the ledger; reads it as it is consumed.
 * @throws ProblemError `not_found`, before the first line
 */
export async function listOutcomes(
  world: World,
  id: string,
  filter: { readonly outcome?: Outcome },
): Promise<AsyncIterable<OutcomeLine>> {
  await existing(world, id);
  return outcomeLines(world, id, filter.outcome);
}

async function* outcomeLines(world: World, id: string, outcome: Outcome | undefined): AsyncGenerator<OutcomeLine> {
  for await (const record of readBatches(world.documents, id)) {
    for (const line of linesOf(record)) if (outcome === undefined || line.outcome === outcome) yield line;
  }
}

/**
 * What became of one recipient's messages.
 * @throws ProblemError `not_found` where there is no such campaign, or it holds no message for this recipient (yet)
 */
export async function showRecipient(world: World, id: string, key: string): Promise<RecipientOutcomes> {
  const campaign = await existing(world, id);
  const ranges = new Set<number>();
  for (const position of await positionsOf(world, campaign, key)) {
    const range = await rangeHolding(world.documents, id, position);
    if (range !== null) ranges.add(range.record.index);
  }
  const messages: OutcomeLine[] = [];
  for (const range of ranges) {
    for (const { record } of await readLog(world.documents, id, range)) {
      messages.push(...linesOf(record).filter((line) => line.key === key));
    }
  }
  if (messages.length === 0) throw new ProblemError('not_found', 'This campaign holds no message for this recipient.');
  return { key, messages };
}

/** Where a recipient's messages may be in the source: an upload's recipient pages may be gone, its key index stays. */
async function positionsOf(world: World, { id, request, upload }: CampaignRecord, key: string): Promise<number[]> {
  if ('members' in request.audience) return Number.isSafeInteger(Number(key)) ? [Number(key)] : [];
  if (upload === null) return [];
  return pagesOfKey(await readKeyBucket(world.documents, id, bucketOfKey(key, upload.keyBuckets)), key);
}

function linesOf(record: BatchRecord): OutcomeLine[] {
  const at = new Date(record.recordedAtMs ?? record.claimedAtMs).toISOString();
  return decodeEntries(record).map((entry) => ({
    key: entry.key,
    ...wordsOf(entry.code),
    address: entry.address === null ? null : hex(entry.address),
    attempts: entry.attempts,
    consentAt: iso(entry.consentAtMs),
    nightConsentAt: iso(entry.nightConsentAtMs),
    at,
  }));
}

function iso(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

async function existing(world: World, id: string): Promise<CampaignRecord> {
  const stored = await readCampaignRecord(world.documents, id);
  if (stored === null) throw new ProblemError('not_found', 'There is no campaign with this id.');
  return stored.record;
}

function encodeCursor({ createdAtMs, id }: CampaignRecord): string {
  return Buffer.from(`${createdAtMs} ${id}`).toString('base64url');
}

function decodeCursor(cursor: string): { readonly createdAtMs: number; readonly id: string } {
  const match = /^(\d{1,16}) ([A-Za-z0-9_-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match === null) {
    throw new ProblemError('bad_request', 'The cursor is none that this API gave out.', [
      { field: '/cursor', message: 'must be the `cursor` of an earlier answer' },
    ]);
  }
  return { createdAtMs: Number(match[1]), id: match[2] as string };
}
