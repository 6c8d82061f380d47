import { capOf, type Cap } from '../core/frequency.ts';
import { lawfulUntilMs, type Draft, type Mailing } from '../core/resolve.ts';
import { isFinal } from '../core/counts.ts';
import { decodeCodes } from '../core/ledger.ts';
import { judge, type Verdict } from '../core/verdict.ts';
import { WriteConflict, type Fields, type Permit } from '../ports.ts';
import { codeFields } from '../store/ledger.ts';
import type { Meter } from '../store/meter.ts';
import { idOf } from '../store/paths.ts';
import type { BatchRecord, CampaignRecord, Stored } from '../store/records.ts';
import { AD_RULES } from '../core/adRules.ts';
import { campaignTiming } from './schedule.ts';
import { attemptOf, settle, withVerdicts } from './settle.ts';
import type { Source } from './source.ts';
import { sourceOf } from './sources.ts';

/** What the sending stages work with during one invocation. */
export interface Sending {
  readonly meter: Meter;
  readonly campaign: CampaignRecord;
  readonly source: Source;
  readonly mailing: Mailing;
  /** How often members may be written to; null where it does not matter. */
  readonly cap: Cap | null;
  /** Aborted once the campaign may send nothing more. */
  readonly signal: AbortSignal;
}

export function sendingOf(meter: Meter, campaign: CampaignRecord, signal: AbortSignal): Sending {
  const { kind, policy } = campaign.request;
  const law = { kind, rules: AD_RULES[meter.world.settings.country], night: policy.night };
  const timing = campaignTiming(meter.world, campaign.request);
  return {
    meter,
    campaign,
    source: sourceOf(meter, campaign),
    mailing: { campaignId: campaign.id, law, timing },
    cap: capOf(campaign.request, meter.world.settings.frequencyCap),
    signal,
  };
}

/** Nothing failed: it waits for the campaign, however many attempts or minutes it has had. */
const WITHHELD: Verdict = { code: 'retry.withheld', pauseMs: 0 };

/**
 * Sends what a claimed batch holds and gives every push its verdict. Nothing is written: the claim stands in the
 * ledger already, and the verdicts go there next.
 *
 * @param drafts by place in the batch; those without a push are left alone
 * @param permit for these drafts; the caller releases it
 */
export async function dispatch(
  { meter, campaign, signal }: Sending,
  record: BatchRecord,
  drafts: ReadonlyMap<number, Draft>,
  permit: Permit,
): Promise<Map<number, Verdict>> {
  const { sender, clock } = meter.world;
  const pushes = [...drafts].flatMap(([index, { push }]) => (push === null ? [] : [{ index, push }]));
  if (pushes.length === 0) return new Map();
  const { policy } = campaign.request;
  const verdicts = new Map<number, Verdict>();
  const untilMs = lawfulUntilMs(drafts.values());
  await sender.send(
    pushes.map(({ push }) => push),
    (place, result) => {
      const pushed = pushes[place];
      if (pushed === undefined) throw new RangeError(`the sender gave a result for push ${place} of ${pushes.length}`);
      const nowMs = clock.now();
      const isWithheld = result.kind === 'notSent' && (signal.aborted || nowMs >= untilMs);
      verdicts.set(pushed.index, isWithheld ? WITHHELD : judge(result, attemptOf(record, nowMs), policy));
      permit.answered(result);
    },
    { stop: signal, untilMs },
  );
  if (verdicts.size !== pushes.length) {
    throw new RangeError(`the sender gave ${verdicts.size} results for ${pushes.length} pushes`);
  }
  return verdicts;
}

/**
 * Sends a batch that was claimed a moment ago for the first time, and records what came of it.
 * @returns the batch as it now stands in the ledger
 */
export async function sendFirst(
  sending: Sending,
  claimed: Stored<BatchRecord>,
  drafts: readonly Draft[],
  permit: Permit,
): Promise<BatchRecord> {
  const { meter } = sending;
  const { documents, clock, random } = meter.world;
  const verdicts = await dispatch(sending, claimed.record, new Map(drafts.entries()), permit);
  const id = idOf(claimed.path);
  if (verdicts.size === 0) return claimed.record;
  const recorded = withVerdicts(claimed.record, verdicts, clock.now(), random.fraction());
  try {
    await documents.commit([{ update: claimed.path, at: claimed.version, fields: outcomeFields(recorded) }]);
  } catch (error) {
    if (!(error instanceof WriteConflict)) throw error;
    return recordLate(sending, id, claimed.record, verdicts);
  }
  return recorded;
}

/**
 * Records verdicts on a batch that somebody else has written to: a new holder of the range that took this one for dead.
 * The verdicts hold as long as nobody has begun another attempt, and the batch waits for one: what has its outcomes
 * keeps them, because the campaign may have ended with them.
 */
export async function recordLate(
  { meter, campaign }: Sending,
  id: string,
  claimed: BatchRecord,
  verdicts: ReadonlyMap<number, Verdict>,
): Promise<BatchRecord> {
  const { clock, random, log } = meter.world;
  const written = await settle(meter, campaign.id, id, (record) =>
    record.claim === claimed.claim && record.state !== 'final'
      ? withVerdicts(record, unsettled(record, verdicts), clock.now(), random.fraction())
      : null,
  );
  if (written === null) {
    log.warn('verdicts came too late: others have settled the batch', { campaignId: campaign.id, batchId: id });
    return claimed;
  }
  return written.record;
}

/** A message that has its outcome keeps it, also where others of its batch still wait. */
function unsettled(record: BatchRecord, verdicts: ReadonlyMap<number, Verdict>): ReadonlyMap<number, Verdict> {
  const codes = decodeCodes(record.codes);
  return new Map([...verdicts].filter(([index]) => !isFinal(codes[index] ?? 'claimed.sending')));
}

/** What an attempt changes: the rest of a batch is as large again and need not be written. */
function outcomeFields(record: BatchRecord): Fields {
  const { recordedAtMs, dueAtMs } = record;
  return { ...codeFields(record.codes), recordedAtMs, dueAtMs };
}
