import type { Operations } from '../contract/operations.ts';
import type { RangeSignal } from '../contract/signals.ts';
import { modeOf } from '../core/health.ts';
import { doingOf, nextTickDelayMs, nextTurnAtMs, UNDONE_MS } from '../core/turn.ts';
import type { Write } from '../ports.ts';
import type { Meter } from '../store/meter.ts';
import { newRange, rangeUpdate } from '../store/ranges.ts';
import { campaignFields, type CampaignRecord, type RangeRecord, type Stored } from '../store/records.ts';
import { addOperations } from '../store/totals.ts';
import { deleteUpload } from '../store/uploads.ts';
import { endOfSettled, NO_END, type End } from './ending.ts';
import { examine } from './health.ts';
import { observe, type Observed } from './observe.ts';
import { messagesLeft, releaseOfTurn, type TurnRelease } from './rate.ts';
import { rangesToRelease, type RangeRelease } from './releaseRanges.ts';
import { nextDueMs, type Released } from './releaseRetries.ts';
import { campaignTiming } from './schedule.ts';

/** Places of recipients who cannot be read that a campaign names. */
const UNREADABLE_MAX = 20;

/** What a turn came to, and what is to follow its commit. */
export interface Turn {
  readonly campaign: CampaignRecord;
  readonly signals: readonly RangeSignal[];
  readonly retries: Released['tasks'];
}

/** All that a turn found and decided. */
interface Decided {
  readonly seen: Observed;
  /** As FCM's answers leave it. */
  readonly campaign: CampaignRecord;
  readonly ranges: RangeRelease;
  readonly release: TurnRelease;
  readonly isWalked: boolean;
  readonly end: End;
  readonly nextTickAtMs: number | null;
}

/** Sees where the campaign stands, decides what is next, and writes it in one commit. */
export async function takeTurn(meter: Meter, stored: Stored<CampaignRecord>, tick: number): Promise<Turn> {
  const { documents } = meter.world;
  const decided = await decide(meter, stored.record, await observe(meter.world, stored.record));
  const { ended } = decided.end;
  const { upload, id } = stored.record;
  // Before the campaign is said to have ended: a turn that dies in between is taken again, and deletes what is left.
  if (ended !== null && upload !== null && ended.uploadUntilMs === null) await deleteUpload(documents, id);
  const { ranges, release } = decided;
  const { tasks } = release.released;
  const released = [...ranges.stale.map(({ record }) => record), ...ranges.plans];
  const signals = released.map(({ index }) => ({ campaignId: id, range: index }));
  const writes = writesOf(decided, meter.world.settings.ledgerTtlMs);
  const spent = turnOperations(meter, writes, signals.length, tasks.length);
  const campaign = { ...recordAfter(decided, spent), tick };
  await documents.commit([{ update: stored.path, at: stored.version, fields: campaignFields(campaign) }, ...writes]);
  return { campaign, signals, retries: tasks };
}

/** Reads only what a decision leads it to; all that it writes is the campaign's part of the project's rate. */
async function decide(meter: Meter, before: CampaignRecord, seen: Observed): Promise<Decided> {
  const { world } = meter;
  const { nowMs, open, awaitsRetries, redriven } = seen;
  const { campaign, isOverQuota } = await examine(world.documents, before, seen);
  const mode = modeOf(campaign);
  const ranges = await rangesToRelease(meter, campaign, mode, open, nowMs);
  const isWalked = ranges.cursor.nextPosition === null && open.length === 0 && ranges.plans.length === 0;
  const unwalked = { open: open.map(({ record }) => record), ranges };
  const seconds = messagesLeft(campaign, unwalked) / campaign.pace.perSecond;
  const doing = doingOf(mode, { isWalked, awaitsRetries, seconds });
  const delayMs = redriven.isUnderway ? UNDONE_MS : nextTickDelayMs(nowMs - (campaign.startedAtMs ?? nowMs), doing);
  const work = { ...unwalked, nowMs, turnMs: delayMs, mode, isOverQuota };
  const release = await releaseOfTurn(world, campaign, work);
  const isSettled = isWalked && !awaitsRetries && seen.isFolded && !redriven.isUnderway;
  const end = isSettled ? await endOfSettled(world, campaign, seen.totals, nowMs) : NO_END;
  const isUndone = release.released.more || redriven.isUnderway;
  const nothingBeforeMs = doing === 'waiting' && !isUndone ? await nextDueMs(world.documents, campaign.id) : null;
  const { untilMs } = campaignTiming(world, campaign.request);
  const nextTickAtMs = nextTurnAtMs({ mode, nowMs, delayMs, isUndone, nothingBeforeMs, untilMs });
  return { seen, campaign, ranges, release, isWalked, end, nextTickAtMs };
}

/** The campaign as the turn leaves it. */
function recordAfter(decided: Decided, spent: Operations): CampaignRecord {
  const { seen, campaign, ranges, release, end } = decided;
  return {
    ...campaign,
    ...ranges.cursor,
    health: release.health,
    pace: release.pace,
    retries: release.released.retries,
    redrive: seen.redriven.redrive,
    unreadable: placesOf(campaign.unreadable, seen.toFold),
    walked: decided.isWalked,
    careFrom: null,
    nextTickAtMs: decided.nextTickAtMs,
    ...end.ended,
    problems: [...end.problems],
    totals: { ...seen.totals, operations: addOperations(seen.totals.operations, spent) },
  };
}

/** What the turn writes beside its campaign. */
function writesOf({ seen, campaign, ranges: { plans, stale } }: Decided, ledgerTtlMs: number): Write[] {
  const { nowMs, toFold, redriven } = seen;
  const expireAt = new Date(nowMs + ledgerTtlMs);
  return [
    ...plans.map((plan) => newRange(campaign.id, plan, nowMs, expireAt)),
    ...stale.map((range) => rangeUpdate(range, { releasedAtMs: nowMs })),
    ...toFold.map((range) => rangeUpdate(range, { folded: range.record.totals, fold: false })),
    ...redriven.writes,
  ];
}

/** What the turn will have cost when it is through, with what follows its commit. */
function turnOperations(meter: Meter, writes: readonly Write[], signals: number, retries: number): Operations {
  const soFar = meter.unbilled(writes.length + 1);
  // Ranges have a TTL.
  const mortal = writes.filter((write) => 'create' in write).length;
  const firestoreDeletes = soFar.firestoreDeletes + mortal;
  return { ...soFar, firestoreDeletes, pubsubMessages: signals, taskOperations: retries + 1 };
}

function placesOf(known: readonly string[], ranges: readonly Stored<RangeRecord>[]): string[] {
  return [...new Set([...known, ...ranges.flatMap(({ record }) => record.unreadable)])].slice(0, UNREADABLE_MAX);
}
