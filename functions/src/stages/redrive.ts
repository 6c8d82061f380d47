import { anyToRedrive, redriveOf } from '../core/redrive.ts';
import { decodeCodes, withCodes } from '../core/ledger.ts';
import type { Random, World, Write } from '../ports.ts';
import { ProblemError } from '../contract/problem.ts';
import { batchesFrom, codeFields } from '../store/ledger.ts';
import { batchesOf, batchId, rangeOfBatch } from '../store/paths.ts';
import { rangesFrom, rangeUpdate } from '../store/ranges.ts';
import type { BatchRecord, CampaignRecord, RangeRecord, Stored } from '../store/records.ts';
import { campaignTiming } from './schedule.ts';
import { exchange, rangeWith } from './settle.ts';

const DAY_MS = 86_400_000;
/** Batches that one turn of the conductor takes up: with the ranges that it folds they fit into one commit. */
const BATCHES_PER_TURN = 90;
/** Ranges that one turn looks at, about 1 KB each; of most it need not read more than their totals. */
const RANGES_PER_TURN = 300;

/** One turn's part of a redrive. */
export interface RedriveStep {
  readonly writes: readonly Write[];
  /** Ranges that the writes change. */
  readonly ranges: ReadonlySet<number>;
  readonly redrive: CampaignRecord['redrive'];
  /** Something changes now, or may with the next turn: the campaign has not ended. */
  readonly isUnderway: boolean;
}

/**
 * Why a campaign that has ended cannot try again; nothing where it can.
 *
 * @throws ProblemError `conflict` where what it would need is not kept any more
 */
export async function checkRedrive(world: World, campaign: CampaignRecord): Promise<void> {
  const { documents, clock, settings } = world;
  const nowMs = clock.now();
  if (campaignTiming(world, campaign.request).untilMs <= nowMs) {
    throw new ProblemError('conflict', 'The campaign is completed, and the end that its schedule gave it has passed.');
  }
  if (campaign.upload !== null && (campaign.uploadUntilMs ?? 0) <= nowMs) {
    throw new ProblemError(
      'conflict',
      'The campaign is completed, and its uploaded recipients are deleted. Upload those that failed ' +
        '(GET /v1/campaigns/{id}/outcomes?outcome=failed) as a new campaign; policy.keepForRedriveHours would have kept them.',
    );
  }
  // What is kept now has to be kept until the redrive ends: the campaign is held against all of it once more.
  const ledgerUntilMs = (campaign.startedAtMs ?? 0) + settings.ledgerTtlMs - DAY_MS;
  const [planned] = await documents.sum(batchesOf(campaign.id), ['planned']);
  if (nowMs >= ledgerUntilMs || planned !== campaign.totals.planned) {
    throw new ProblemError(
      'conflict',
      'The campaign is completed, and what became of its messages is kept for no day more. ' +
        'A redrive has to be asked for earlier.',
    );
  }
}

/**
 * Takes up the next messages that are to be tried again: in the ledger they wait from now on. Writes nothing itself:
 * what it asks for belongs into one commit with the campaign's own `redrive`, so that each message is taken up once, and
 * none after the campaign was cancelled.
 *
 * @param dueAtMs when they fall due
 */
export async function redriveStep(
  { documents, random }: World,
  campaign: CampaignRecord,
  dueAtMs: number,
): Promise<RedriveStep> {
  const writes: Write[] = [];
  const ranges = new Set<number>();
  const step = (next: string | null): RedriveStep => ({ writes, ranges, redrive: { next }, isUnderway: true });
  if (campaign.redrive === null) return { writes, ranges, redrive: null, isUnderway: false };
  let { next } = campaign.redrive;
  if (next === null) return { ...step(null), isUnderway: false };
  const found = await rangesFrom(documents, campaign.id, rangeOfBatch(next), RANGES_PER_TURN);
  let room = BATCHES_PER_TURN;
  for (const range of found) {
    const { index, totals } = range.record;
    const first = next > batchId(index, 0) ? next : batchId(index, 0);
    if (anyToRedrive(totals.counts)) {
      const batches = await batchesFrom(documents, campaign.id, index, first, room);
      const changes = redriveRange(range, batches, dueAtMs, random);
      writes.push(...changes);
      if (changes.length > 0) ranges.add(index);
      room -= batches.length;
      const last = batches.at(-1);
      if (room === 0 && last !== undefined) return step(batchId(index, last.record.seq + 1));
    }
    next = batchId(index + 1, 0);
  }
  return step(found.length < RANGES_PER_TURN ? null : next);
}

function redriveRange(
  range: Stored<RangeRecord>,
  batches: readonly Stored<BatchRecord>[],
  dueAtMs: number,
  random: Random,
): Write[] {
  const writes: Write[] = [];
  let { totals } = range.record;
  for (const { path, version, record } of batches) {
    const again = redriveBatch(record, dueAtMs, random);
    if (again === null) continue;
    totals = exchange(totals, record, { ...record, ...again });
    writes.push({ update: path, at: version, fields: again });
  }
  return writes.length === 0 ? [] : [...writes, rangeUpdate(range, rangeWith(totals))];
}

type RedrivenBatch = Pick<
  BatchRecord,
  'codes' | 'counts' | 'open' | 'state' | 'claim' | 'attempt' | 'attemptsBefore' | 'firstAttemptAtMs'
> &
  Pick<BatchRecord, 'dueAtMs' | 'heldUntilMs'>;

/** What changes of a batch when its failed messages are taken up again; null where it has none. */
function redriveBatch(record: BatchRecord, dueAtMs: number, random: Random): RedrivenBatch | null {
  const codes = decodeCodes(record.codes);
  const again = new Map(
    codes.flatMap((code, index) => {
      const waits = redriveOf(code);
      return waits === null ? [] : [[index, waits] as const];
    }),
  );
  if (again.size === 0) return null;
  // What was never sent counts as begun, so that whoever sends it is no first attempt's holder.
  const attempt = Math.max(1, record.attempt);
  return {
    ...codeFields(withCodes(record.codes, again)),
    // Whoever sent it last and is still on the way has come too late.
    claim: random.id(),
    attempt,
    attemptsBefore: attempt,
    firstAttemptAtMs: 0,
    dueAtMs,
    heldUntilMs: null,
  };
}
