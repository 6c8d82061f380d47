import type { Ending } from '../contract/codes.ts';
import type { RetryTask } from '../contract/signals.ts';
import { RETRY_WINDOW_MS } from '../core/backoff.ts';
import { addCounts, countCodes } from '../core/counts.ts';
import { loadOf } from '../core/inFlight.ts';
import { decodeCodes, decodeEntries, encodeEntries, type LedgerEntry } from '../core/ledger.ts';
import { hex, resolveAgain, type Draft, type Pending } from '../core/resolve.ts';
import { exhausted, isAmbiguous, isRetry, isWaiting, keepAmbiguity, writeOff, type Verdict } from '../core/verdict.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord } from '../store/campaigns.ts';
import { codeFields } from '../store/ledger.ts';
import { metered } from '../store/meter.ts';
import { batchPath } from '../store/paths.ts';
import { readBatch, type BatchRecord, type CampaignRecord } from '../store/records.ts';
import { withinCap } from './cap.ts';
import { isOutdated } from './lookAgain.ts';
import { orphanVerdicts } from './rangeLog.ts';
import { dispatch, recordLate, sendingOf, type Sending } from './sendBatch.ts';
import { heldUntilMs, settle, withVerdicts, writtenOff } from './settle.ts';
import { CampaignWatch } from './watch.ts';

/** A retry that was claimed this long ago and not recorded has died: its function may run 120 s (entry/retry.ts). */
const RETRY_ORPHAN_MS = 150_000;

/**
 * The only door back in: sends again what one batch left to be retried. Consent, address and text are looked up anew.
 * A task that comes late or twice finds that the ledger is ahead of it, and does nothing.
 */
export async function retry(world: World, task: RetryTask): Promise<void> {
  const meter = metered(world);
  const { documents, log, clock } = meter.world;
  const campaign = await readCampaignRecord(documents, task.campaignId);
  const doc = await documents.get(batchPath(task.campaignId, task.batchId));
  if (campaign === null || doc === null) {
    log.warn('a retry came for what is not there', { campaignId: task.campaignId, batchId: task.batchId });
    return;
  }
  const watch = new CampaignWatch(meter, campaign.record, task.probe === true);
  const sending = sendingOf(meter, campaign.record, watch.signal);
  const { record } = readBatch(doc);
  if (record.state === 'retry' && record.attempt === task.attempt - 1) {
    const duty = watch.duty();
    if (duty === 'cancelled' || duty === 'expired') return writeOffBatch(sending, task.batchId, duty);
    if (duty === 'rest') return;
    const done = new AbortController();
    const watching = watch.run(done.signal);
    try {
      return await sendAgain(sending, task, record);
    } finally {
      done.abort();
      await watching;
    }
  }
  const orphaned =
    record.state === 'claimed' && record.attempt > 1 && clock.now() - record.claimedAtMs >= RETRY_ORPHAN_MS;
  if (orphaned) await giveUpOrphan(sending, task.batchId, record);
}

async function sendAgain(sending: Sending, { batchId }: RetryTask, found: BatchRecord): Promise<void> {
  const { meter, campaign } = sending;
  const { clock, inFlight } = meter.world;
  const lookedUpAtMs = clock.now();
  const looked = await lookUp(sending, found);
  const permit = await inFlight.acquire(loadOf(looked.values()));
  try {
    const latest = isOutdated(lookedUpAtMs, clock.now()) ? await lookUp(sending, found) : looked;
    const timely = withinTime(latest, found, campaign, clock.now());
    const capped = await withinCap(sending, [...timely.values()]);
    const drafts = new Map([...timely.keys()].map((index, place) => [index, capped[place] as Draft]));
    const claimed = await settle(meter, campaign.id, batchId, (record) =>
      record.claim === found.claim && record.state === 'retry'
        ? claimAgain(record, drafts, campaign, meter.world)
        : null,
    );
    if (claimed?.record.state !== 'claimed') return;
    // It may have stood still while it claimed: then the conductor has had the claim given up.
    if (clock.now() - claimed.record.claimedAtMs >= RETRY_ORPHAN_MS) return;
    const verdicts = await dispatch(sending, claimed.record, drafts, permit);
    await recordLate(sending, batchId, claimed.record, asFound(verdicts, found));
  } finally {
    permit.release();
  }
}

function asFound(verdicts: ReadonlyMap<number, Verdict>, found: BatchRecord): Map<number, Verdict> {
  const before = decodeCodes(found.codes);
  return new Map(
    [...verdicts].map(([index, verdict]) => {
      const was = before[index] ?? verdict.code;
      return [index, { ...verdict, code: keepAmbiguity(was, verdict.code) }];
    }),
  );
}

/** The campaign ends: nothing waits any longer. */
async function writeOffBatch({ meter, campaign }: Sending, batchId: string, ending: Ending): Promise<void> {
  await settle(meter, campaign.id, batchId, (record) =>
    record.state === 'retry' ? writtenOff(record, ending, meter.world.clock.now()) : null,
  );
}

/** What the batch's messages to be retried look like now, by place. */
async function lookUp({ meter, source, mailing }: Sending, record: BatchRecord): Promise<Map<number, Draft>> {
  const { clock } = meter.world;
  const entries = decodeEntries(record);
  const pending = entries.flatMap((entry, index): (Pending & LedgerEntry)[] =>
    isWaiting(entry.code) ? [{ ...entry, index }] : [],
  );
  const byKey = Map.groupBy(pending, ({ key }) => key);
  const recipients = await source.find(record, new Set(byKey.keys()));
  const drafts = new Map<number, Draft>();
  for (const [key, places] of byKey) {
    const recipient = recipients.get(key) ?? { key, nobody: 'failed.unreadable' };
    const used = new Set(entries.flatMap((entry) => (entry.key === key ? [hex(entry.address)] : [])));
    const again = resolveAgain(mailing, recipient, places, used, clock.now());
    for (const [index, draft] of again) drafts.set(index, draft);
  }
  return drafts;
}

/** What had its hour of attempts gets no other, and ends with its last reason. What was withheld has had none at all. */
function withinTime(
  drafts: ReadonlyMap<number, Draft>,
  record: BatchRecord,
  campaign: CampaignRecord,
  nowMs: number,
): ReadonlyMap<number, Draft> {
  const isOver = nowMs - record.firstAttemptAtMs >= RETRY_WINDOW_MS;
  if (!isOver || hasRested(record, drafts, campaign)) return drafts;
  const codes = decodeCodes(record.codes);
  return new Map(
    [...drafts].map(([index, draft]) => {
      const code = codes[index];
      const isSent = draft.push !== null && code !== undefined && isRetry(code) && code !== 'retry.withheld';
      return [index, isSent ? { ...draft, push: null, code: exhausted(code) } : draft];
    }),
  );
}

/** The batch with its next attempt claimed; what cannot be sent any more has its outcome at once. */
function claimAgain(
  record: BatchRecord,
  drafts: ReadonlyMap<number, Draft>,
  campaign: CampaignRecord,
  { clock, random }: World,
): BatchRecord {
  const nowMs = clock.now();
  const entries = decodeEntries(record).map((entry, index): LedgerEntry => {
    const draft = drafts.get(index);
    if (draft === undefined) return entry;
    const attempts = entry.attempts + (draft.push === null ? 0 : 1);
    const isOver = draft.code === 'expired.until' && isWaiting(entry.code);
    const code = isOver ? writeOff(entry.code, 'expired') : keepAmbiguity(entry.code, draft.code);
    return { ...draft, code, attempts };
  });
  const repeated = decodeEntries(record).filter((entry, index) => isAmbiguous(entry.code) && drafts.get(index)?.push);
  const answered = decodeCodes(record.codes).filter((code, index) => isRetry(code) && drafts.get(index)?.push);
  const columns = encodeEntries(entries);
  const fields = codeFields(columns.codes);
  const sends = countCodes(entries.map((entry) => entry.code))['claimed.sending'] !== undefined;
  const untilMs = heldUntilMs(drafts.values());
  return {
    ...record,
    ...columns,
    ...fields,
    claim: random.id(),
    ...(hasRested(record, drafts, campaign) ? { firstAttemptAtMs: nowMs, attemptsBefore: record.attempt } : {}),
    attempt: record.attempt + (sends ? 1 : 0),
    resent: record.resent + repeated.length,
    earlier: addCounts(record.earlier, countCodes(answered)),
    claimedAtMs: nowMs,
    recordedAtMs: sends ? null : nowMs,
    dueAtMs: sends ? nowMs + RETRY_ORPHAN_MS : untilMs,
    heldUntilMs: untilMs,
  };
}

/**
 * The hours for which a campaign rested, FCM was down, or the law held a message, are not the message's: its limits begin
 * anew. Where some messages of a batch were held and others not, the others' retries have ended long before.
 */
function hasRested(
  record: BatchRecord,
  drafts: ReadonlyMap<number, Draft>,
  { resumedAtMs, health }: CampaignRecord,
): boolean {
  if (resumedAtMs !== null && record.firstAttemptAtMs < resumedAtMs) return true;
  if (health.outage !== null) return true;
  const sent = decodeCodes(record.codes).filter((_, index) => drafts.get(index)?.push);
  return sent.length > 0 && sent.every((code) => code.startsWith('held.'));
}

/** The retry that claimed this has died between sending and recording. */
async function giveUpOrphan({ meter, campaign }: Sending, id: string, orphan: BatchRecord): Promise<void> {
  const { clock, random } = meter.world;
  await settle(meter, campaign.id, id, (record) => {
    if (record.claim !== orphan.claim || record.state !== 'claimed') return null;
    const verdicts = orphanVerdicts(record, clock.now(), campaign.request.policy);
    return withVerdicts(record, verdicts, clock.now(), random.fraction());
  });
}
