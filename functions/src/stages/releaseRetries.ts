import type { RetryTask } from '../contract/signals.ts';
import { slots } from '../core/pace.ts';
import { taskName } from '../core/taskName.ts';
import type { Documents, TaskOptions, World } from '../ports.ts';
import { waitingBatches, type WaitingBatch } from '../store/ledger.ts';
import { NO_RETRIES, type CampaignRecord } from '../store/records.ts';

/** A retry task may come this much late before the conductor makes another. */
const RETRY_GRACE_MS = 60_000;
/** Retries released in one turn. */
const RELEASE_MAX = 200;
/** Tasks that are made at once: one after the other 200 of them would take a turn's time. */
const ENQUEUED_AT_ONCE = 20;

/** How far the conductor has released what waits for another attempt. */
type Retries = CampaignRecord['retries'];
type Cursor = NonNullable<Retries['after']>;

/** What waits for another attempt and falls due before the next turn. */
export interface FoundRetries {
  /** Released before, and lost. */
  readonly lost: readonly WaitingBatch[];
  readonly due: readonly WaitingBatch[];
  readonly looksBack: boolean;
  readonly messages: number;
}

export const NO_FOUND: FoundRetries = { lost: [], due: [], looksBack: false, messages: 0 };

/** The retries of one turn. */
export interface Released {
  readonly tasks: readonly { readonly task: RetryTask; readonly options: TaskOptions }[];
  readonly retries: Retries;
  /** There are more than one turn takes, and they would have had their time in it. */
  readonly more: boolean;
}

/**
 * Each batch is released once, in the order in which they fall due. Once a minute the conductor looks behind it: what it
 * released before its last look and still waits has lost its task, and is released again. When the campaign ends
 * everything is, to be written off.
 */
export async function findRetries(
  documents: Documents,
  campaign: CampaignRecord,
  nowMs: number,
  untilMs: number,
): Promise<FoundRetries> {
  const { id, retries, ending } = campaign;
  const looksBack = ending === null && nowMs - retries.lookedAtMs >= RETRY_GRACE_MS;
  const lost = looksBack ? await lostRetries(documents, campaign) : [];
  const page = ending === null ? { untilMs, after: retries.after } : { untilMs: Number.MAX_SAFE_INTEGER, after: null };
  const due = await waitingBatches(documents, id, { ...page, limit: RELEASE_MAX });
  const messages = [...lost, ...due].reduce((sum, batch) => sum + batch.messages, 0);
  return { lost, due, looksBack, messages };
}

/**
 * Gives each its time within the campaign's rate. The time is kept by a task that this turn makes, and by nothing else:
 * what was held for the night goes out at the campaign's rate and not in one second.
 *
 * @param turn.perSecond messages that retries may send in a second
 * @param turn.probes they ask whether FCM answers again, and go out though the campaign rests
 */
export function releaseRetries(
  campaign: CampaignRecord,
  { lost, due, looksBack }: FoundRetries,
  turn: { readonly nowMs: number; readonly untilMs: number; readonly perSecond: number; readonly probes: boolean },
): Released {
  if (campaign.ending !== null) return toWriteOff(campaign, due, turn.nowMs);
  const { retries } = campaign;
  const all = [...lost, ...due];
  const { atMs, freeAtMs } = slots(all, { ...turn, freeAtMs: retries.freeAtMs });
  const round = retries.round + (looksBack ? 1 : 0);
  const isThroughLost = atMs.length >= lost.length && lost.length < RELEASE_MAX;
  const last = due[atMs.length - lost.length - 1];
  return {
    tasks: atMs.map((at, index) => releaseOf(campaign.id, all[index] as WaitingBatch, round, at, turn.probes)),
    retries: {
      freeAtMs,
      after: last === undefined ? retries.after : { dueAtMs: last.dueAtMs, id: last.id },
      // A look that is not through is taken again, under the same names.
      ...(looksBack && isThroughLost
        ? { round, lookedAtMs: turn.nowMs, lookedTo: retries.after }
        : { round: retries.round, lookedAtMs: retries.lookedAtMs, lookedTo: retries.lookedTo }),
    },
    more: atMs.length === all.length && (lost.length === RELEASE_MAX || due.length === RELEASE_MAX),
  };
}

/** What was released before the last look, and has not been attempted since. */
async function lostRetries(documents: Documents, { id, retries }: CampaignRecord): Promise<WaitingBatch[]> {
  const { lookedTo } = retries;
  if (lookedTo === null) return [];
  const found = await waitingBatches(documents, id, { untilMs: lookedTo.dueAtMs, after: null, limit: RELEASE_MAX });
  return found.filter((batch) => !isBehind(lookedTo, batch));
}

const isBehind = (cursor: Cursor, { dueAtMs, id }: Cursor): boolean =>
  dueAtMs > cursor.dueAtMs || (dueAtMs === cursor.dueAtMs && id > cursor.id);

/** Nothing of it is sent, so it needs no rate. Asked for anew every minute. */
function toWriteOff(campaign: CampaignRecord, waiting: readonly WaitingBatch[], nowMs: number): Released {
  const minute = Math.floor(nowMs / RETRY_GRACE_MS);
  const tasks = waiting.map((batch) => releaseOf(campaign.id, batch, minute, nowMs));
  return { tasks, retries: campaign.retries, more: true };
}

/** Named by all that makes it this release and no other: a turn that is taken again makes no second task. */
function releaseOf(
  campaignId: string,
  { id, attempt, dueAtMs }: WaitingBatch,
  round: number,
  atMs: number,
  probes = false,
): Released['tasks'][number] {
  const task = { campaignId, batchId: id, attempt: attempt + 1, ...(probes ? ({ probe: true } as const) : {}) };
  return { task, options: { name: taskName('retry', campaignId, id, task.attempt, dueAtMs, round), atMs } };
}

export async function enqueueRetries({ tasks }: World, released: Released['tasks']): Promise<void> {
  for (let from = 0; from < released.length; from += ENQUEUED_AT_ONCE) {
    const some = released.slice(from, from + ENQUEUED_AT_ONCE);
    await Promise.all(some.map(({ task, options }) => tasks.enqueue('retry', task, options)));
  }
}

/** Where releasing begins when all that waits is to be released anew, though it may have been before. */
export function releasedAnew({ retries }: Pick<CampaignRecord, 'retries'>): Retries {
  return { ...NO_RETRIES, round: retries.round + 1 };
}

/** When the first of what waits falls due; null where nothing waits. */
export async function nextDueMs(documents: Documents, campaignId: string): Promise<number | null> {
  const untilMs = Number.MAX_SAFE_INTEGER;
  const [first] = await waitingBatches(documents, campaignId, { untilMs, after: null, limit: 1 });
  return first?.dueAtMs ?? null;
}
