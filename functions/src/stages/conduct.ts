import type { Operations } from '../contract/operations.ts';
import type { ConductTask, RangeSignal } from '../contract/signals.ts';
import { tally } from '../core/counts.ts';
import { endOf, isOver } from '../core/lifecycle.ts';
import { modeOf } from '../core/health.ts';
import { nextTickDelayMs } from '../core/pace.ts';
import { hasDead } from '../core/quarantine.ts';
import { taskName } from '../core/taskName.ts';
import type { Documents, World, Write } from '../ports.ts';
import { readCampaignRecord } from '../store/campaigns.ts';
import { metered, type Meter } from '../store/meter.ts';
import { untilSettled } from '../store/mutate.ts';
import { batchesOf } from '../store/paths.ts';
import { anyRangeAwaitsRetries, newRange, openRanges, rangesToFold, rangeUpdate } from '../store/ranges.ts';
import {
  campaignFields,
  NO_RETRIES,
  type CampaignRecord,
  type RangeRecord,
  type Stored,
  type Totals,
} from '../store/records.ts';
import { addOperations, addTotals } from '../store/totals.ts';
import { deleteUpload } from '../store/uploads.ts';
import { keptUntilMs } from './keptUpload.ts';
import { redriveStep } from './redrive.ts';
import { giveBackRate, STOPPED_WITHIN_MS } from './budget.ts';
import { backFromOutage, examined } from './health.ts';
import { releaseOfTurn } from './rate.ts';
import { rangesToRelease } from './releaseRanges.ts';
import { enqueueRetries, nextDueMs, type Released } from './releaseRetries.ts';
import { scheduleCare } from './care.ts';
import { campaignTiming } from './schedule.ts';

/** Ranges folded in one tick: with the new ones they stay below the 500 writes of a commit. */
const FOLD_MAX = 300;
/** Places of recipients who cannot be read that a campaign names. */
const UNREADABLE_MAX = 20;
/** A turn that left something undone is followed at once. */
const UNDONE_MS = 1_000;
/** Of a campaign that waits for the morning: seldom enough to cost nothing, often enough to be seen to live. */
const REST_MAX_MS = 600_000;
const DOING = { canary: 'canary', probing: 'probing', halted: 'probing' } as const;
/** A campaign that does nothing for so long leaves its rate to others. */
const REST_MIN_MS = 30_000;

/**
 * One turn of a running campaign's conductor: takes in what ranges have come to, plans and releases the next ones,
 * releases again what nobody works on, and ends the campaign when every planned message has its outcome. All that it
 * changes is one commit, so a turn that dies, or comes twice, changes nothing half.
 */
export async function conduct(world: World, { campaignId, tick }: ConductTask): Promise<void> {
  const meter = metered(world);
  const turn = await untilSettled(async () => {
    const stored = await readCampaignRecord(meter.world.documents, campaignId);
    if (stored === null || stored.record.tick > tick) return null;
    const campaign = lapsed(meter.world, stored.record);
    if (campaign.state !== 'running') return null;
    // This turn was taken before; whoever took it may have died before it put the next on the clock.
    if (stored.record.tick === tick) return { campaign, signals: [], retries: [] };
    return takeTurn(meter, { ...stored, record: campaign }, tick);
  });
  if (turn === null) return;
  const { campaign, signals, retries } = turn;
  for (const problem of campaign.problems) world.log.error('conservation does not hold', { campaignId, problem });
  await world.ranges.release(signals);
  await enqueueRetries(world, retries);
  if (campaign.state === 'running') await scheduleTick(world, campaign);
  const restsMs = (campaign.nextTickAtMs ?? Infinity) - world.clock.now();
  if (restsMs > REST_MIN_MS) await giveBackRate(world.documents, campaignId, world.clock.now() + STOPPED_WITHIN_MS);
  if (campaign.state === 'halted')
    world.log.warn('campaign halted', { campaignId, reason: campaign.haltedBecause ?? '' });
  if (campaign.endedAtMs === null) return;
  await scheduleCare(world, campaign);
  world.log.info('campaign ended', { campaignId, state: campaign.state, planned: campaign.totals.planned });
}

/** The campaign, ending where its time is over. One that rested is taken up again, so that all get their outcome. */
function lapsed(world: World, campaign: CampaignRecord): CampaignRecord {
  const nowMs = world.clock.now();
  if (!isOver(campaign, campaignTiming(world, campaign.request).untilMs, nowMs)) return campaign;
  const retries = { ...NO_RETRIES, round: campaign.retries.round + 1 };
  return { ...campaign, state: 'running', ending: 'expired', redrive: null, resumedAtMs: nowMs, retries };
}

interface Turn {
  readonly campaign: CampaignRecord;
  readonly signals: readonly RangeSignal[];
  readonly retries: Released['tasks'];
}

async function takeTurn(meter: Meter, stored: Stored<CampaignRecord>, tick: number): Promise<Turn> {
  const { documents, clock, settings } = meter.world;
  const nowMs = clock.now();

  // Due behind all that this turn or an earlier one releases: each is released once, in the order in which they fall due.
  const redriveAtMs = Math.max(nowMs + UNDONE_MS, stored.record.retries.after?.dueAtMs ?? 0) + 1;
  const redriven = await redriveStep(meter.world, stored.record, redriveAtMs);
  // In this order: a range that leaves one of the first two states after it was asked for is met in the third.
  const open = await openRanges(documents, stored.record.id, settings.openRanges);
  const waiting = await anyRangeAwaitsRetries(documents, stored.record.id);
  const unfolded = await rangesToFold(documents, stored.record.id, FOLD_MAX);
  // A commit changes a document once.
  const toFold = unfolded.filter(({ record }) => !redriven.ranges.has(record.index));
  const totals = fold(stored.record.totals, toFold);
  const closed = new Set(unfolded.map(({ record }) => record.index));
  const unclosed = open.map(({ record }) => record).filter(({ index }) => !closed.has(index));
  const { campaign, isOverQuota } = await nothingToAsk(
    documents,
    examined(stored.record, totals, unclosed, nowMs),
    nowMs,
  );
  const mode = modeOf(campaign);

  const ranges = await rangesToRelease(meter, campaign, mode, open, nowMs);
  const { stale, plans, cursor } = ranges;
  const walked = cursor.nextPosition === null && open.length === 0 && plans.length === 0;
  const doing = mode === 'full' ? (walked ? (waiting ? 'waiting' : 'ending') : 'sending') : DOING[mode];
  const paceMs = redriven.isUnderway ? UNDONE_MS : nextTickDelayMs(ageMs(campaign, nowMs), doing);
  const work = { nowMs, turnMs: paceMs, open: open.map(({ record }) => record), ranges, mode, isOverQuota };
  const { released, pace, health } = await releaseOfTurn(meter.world, campaign, work);
  const settled = walked && !waiting && unfolded.length < FOLD_MAX && !redriven.isUnderway;
  const end = settled ? await ending(meter, campaign.id, totals) : null;
  const endState = end?.done === true ? endOf(campaign.ending, totals.counts) : null;
  const uploadUntilMs = endState === 'completed' ? keptUntilMs(campaign, totals.counts, nowMs) : null;
  // Before the campaign is said to have ended: a turn that dies in between is taken again, and deletes what is left.
  if (endState !== null && campaign.upload !== null && uploadUntilMs === null) {
    await deleteUpload(documents, campaign.id);
  }
  const signals = [...stale.map(({ record }) => record.index), ...plans.map(({ index }) => index)];
  const expireAt = new Date(nowMs + settings.ledgerTtlMs);
  const writes: Write[] = [
    ...plans.map((plan) => newRange(campaign.id, plan, nowMs, expireAt)),
    ...stale.map((range) => rangeUpdate(range, { releasedAtMs: nowMs })),
    ...toFold.map((range) => rangeUpdate(range, { folded: range.record.totals, fold: false })),
    ...redriven.writes,
  ];
  const delayMs = doing === 'waiting' ? Math.max(paceMs, await restMs(documents, campaign.id, nowMs)) : paceMs;
  const { untilMs } = campaignTiming(meter.world, campaign.request);
  const nextMs = mode === 'halted' ? Infinity : nowMs + (released.more || redriven.isUnderway ? UNDONE_MS : delayMs);
  const careFrom = end?.done === true && hasDead(totals.counts) ? 0 : null;
  const after: CampaignRecord = {
    ...campaign,
    ...cursor,
    health,
    redrive: redriven.redrive,
    unreadable: placesOf(campaign.unreadable, toFold),
    ...(endState === null
      ? {}
      : { state: endState, ending: null, redrive: null, haltedBecause: null, endedAtMs: nowMs, uploadUntilMs }),
    careFrom,
    nextTickAtMs:
      endState !== null
        ? careFrom === null
          ? null
          : nowMs
        : finite(untilMs > nowMs ? Math.min(nextMs, untilMs) : nextMs),
    tick,
    pace,
    retries: released.retries,
    walked,
    problems: end?.done === false ? [end.problem] : [],
    totals: {
      ...totals,
      operations: addOperations(
        totals.operations,
        turnOperations(meter, writes, signals.length, released.tasks.length),
      ),
    },
  };
  const fields = campaignFields(after);
  await documents.commit([{ update: stored.path, at: stored.version, fields }, ...writes]);
  return {
    campaign: after,
    signals: signals.map((range) => ({ campaignId: campaign.id, range })),
    retries: released.tasks,
  };
}

/** Of a campaign that is halted there is no next turn, or the one at its until. */
const finite = (ms: number): number | null => (ms === Infinity ? null : ms);

/** What the turn will have cost when it is through, with what follows its commit. */
function turnOperations(meter: Meter, writes: readonly Write[], signals: number, retries: number): Operations {
  const soFar = meter.unbilled(writes.length + 1);
  // Ranges have a TTL.
  const mortal = writes.filter((write) => 'create' in write).length;
  const firestoreDeletes = soFar.firestoreDeletes + mortal;
  return { ...soFar, firestoreDeletes, pubsubMessages: signals, taskOperations: retries + 1 };
}

function ageMs(campaign: CampaignRecord, nowMs: number): number {
  return nowMs - (campaign.startedAtMs ?? nowMs);
}

function fold(totals: Totals, ranges: readonly Stored<RangeRecord>[]): Totals {
  return ranges.reduce((sum, { record }) => addTotals(addTotals(sum, record.totals), record.folded, -1), totals);
}

function placesOf(known: readonly string[], ranges: readonly Stored<RangeRecord>[]): string[] {
  return [...new Set([...known, ...ranges.flatMap(({ record }) => record.unreadable)])].slice(0, UNREADABLE_MAX);
}

/** Both sides must be equal, by the totals and by the ledger itself, before a campaign is said to have ended. */
async function ending(
  meter: Meter,
  campaignId: string,
  totals: Totals,
): Promise<{ readonly done: true } | { readonly done: false; readonly problem: string }> {
  const [planned = 0, open = 0] = await meter.world.documents.sum(batchesOf(campaignId), ['planned', 'open']);
  const { final } = tally(totals.counts);
  if (planned === totals.planned && planned === final && open === 0) return { done: true };
  return {
    done: false,
    problem: `The ledger holds ${planned} planned messages, ${open} of them without an outcome; the ranges add up to ${totals.planned} planned and ${final} with an outcome. The campaign does not end before these agree.`,
  };
}

/** Where FCM cannot be asked, because nothing waits that could, the campaign goes on and sees. */
async function nothingToAsk<T extends { readonly campaign: CampaignRecord }>(
  documents: Documents,
  found: T,
  nowMs: number,
): Promise<T> {
  const { outage } = found.campaign.health;
  if (outage === null || nowMs < outage.probeAtMs || (await nextDueMs(documents, found.campaign.id)) !== null)
    return found;
  return { ...found, campaign: backFromOutage(found.campaign, nowMs) };
}

/** How long nothing will happen, because all that waits is held for longer. */
async function restMs(documents: Documents, campaignId: string, nowMs: number): Promise<number> {
  return Math.min(REST_MAX_MS, ((await nextDueMs(documents, campaignId)) ?? nowMs) - nowMs);
}

export async function scheduleTick(world: World, campaign: CampaignRecord, reviving = ''): Promise<void> {
  const tick = campaign.tick + 1;
  const name = taskName('conduct', campaign.id, tick, reviving);
  const atMs = campaign.nextTickAtMs ?? world.clock.now();
  await world.tasks.enqueue('conduct', { campaignId: campaign.id, tick }, { name, atMs });
}
