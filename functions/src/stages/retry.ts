import type { RetryTask } from '../contract/signals.ts';
import { countCodes } from '../core/counts.ts';
import { loadOf } from '../core/inFlight.ts';
import { decodeEntries, encodeEntries, type LedgerEntry } from '../core/ledger.ts';
import { hex, resolveAgain, type Draft, type Pending } from '../core/resolve.ts';
import { isAmbiguous } from '../core/verdict.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord } from '../store/campaigns.ts';
import { codeFields } from '../store/ledger.ts';
import { metered } from '../store/meter.ts';
import { batchPath } from '../store/paths.ts';
import { readBatch, type BatchRecord } from '../store/records.ts';
import { orphanVerdicts } from './rangeLog.ts';
import { dispatch, recordLate, sendingOf, type Sending } from './sendBatch.ts';
import { scheduleRetry, settle, withVerdicts } from './settle.ts';

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
  if (campaign === null || doc === null || campaign.record.state !== 'running') {
    log.warn('a retry came for a campaign that does not run', { campaignId: task.campaignId, batchId: task.batchId });
    return;
  }
  const sending = sendingOf(meter, campaign.record);
  const { record } = readBatch(doc);
  if (record.state === 'retry' && record.attempt === task.attempt - 1) return sendAgain(sending, task, record);
  const orphaned =
    record.state === 'claimed' && record.attempt > 1 && clock.now() - record.claimedAtMs >= RETRY_ORPHAN_MS;
  if (orphaned) await giveUpOrphan(sending, task.batchId, record);
}

async function sendAgain(sending: Sending, { batchId }: RetryTask, found: BatchRecord): Promise<void> {
  const { meter, campaign } = sending;
  const drafts = await lookUp(sending, found);
  const permit = await meter.world.inFlight.acquire(loadOf(drafts.values()));
  try {
    const claimed = await settle(meter, campaign.id, batchId, (record) =>
      record.claim === found.claim && record.state === 'retry' ? claimAgain(record, drafts, meter.world) : null,
    );
    if (claimed === null || claimed.record.state !== 'claimed') return;
    // It may have stood still while it claimed: then the conductor has had the claim given up.
    if (meter.world.clock.now() - claimed.record.claimedAtMs >= RETRY_ORPHAN_MS) return;
    const verdicts = await dispatch(sending, claimed.record, drafts, permit);
    await recordLate(sending, batchId, claimed.record, verdicts);
  } finally {
    permit.release();
  }
}

/** What the batch's messages to be retried look like now, by place. */
async function lookUp({ source, mailing }: Sending, record: BatchRecord): Promise<Map<number, Draft>> {
  const entries = decodeEntries(record);
  const pending = entries.flatMap((entry, index): (Pending & LedgerEntry)[] =>
    entry.code.startsWith('retry.') ? [{ ...entry, index }] : [],
  );
  const byKey = Map.groupBy(pending, ({ key }) => key);
  const recipients = await source.find(record, new Set(byKey.keys()));
  const drafts = new Map<number, Draft>();
  for (const [key, places] of byKey) {
    const recipient = recipients.get(key) ?? { key, nobody: 'failed.unreadable' };
    const used = new Set(entries.flatMap((entry) => (entry.key === key ? [hex(entry.address)] : [])));
    for (const [index, draft] of resolveAgain(mailing, recipient, places, used)) drafts.set(index, draft);
  }
  return drafts;
}

/** The batch with its next attempt claimed; what cannot be sent any more has its outcome at once. */
function claimAgain(record: BatchRecord, drafts: ReadonlyMap<number, Draft>, { clock, random }: World): BatchRecord {
  const nowMs = clock.now();
  const entries = decodeEntries(record).map((entry, index): LedgerEntry => {
    const draft = drafts.get(index);
    return draft === undefined ? entry : draft;
  });
  const repeated = decodeEntries(record).filter((entry, index) => isAmbiguous(entry.code) && drafts.get(index)?.push);
  const columns = encodeEntries(entries);
  const fields = codeFields(columns.codes);
  const sends = countCodes(entries.map((entry) => entry.code))['claimed.sending'] !== undefined;
  return {
    ...record,
    ...columns,
    ...fields,
    claim: random.id(),
    attempt: record.attempt + (sends ? 1 : 0),
    resent: record.resent + repeated.length,
    claimedAtMs: nowMs,
    recordedAtMs: sends ? null : nowMs,
    dueAtMs: null,
    watchAtMs: sends ? nowMs + RETRY_ORPHAN_MS : null,
  };
}

/** The retry that claimed this has died between sending and recording. */
async function giveUpOrphan({ meter, campaign }: Sending, id: string, orphan: BatchRecord): Promise<void> {
  const { clock, random } = meter.world;
  const settled = await settle(meter, campaign.id, id, (record) => {
    if (record.claim !== orphan.claim || record.state !== 'claimed') return null;
    const verdicts = orphanVerdicts(record, clock.now(), campaign.request.policy);
    return withVerdicts(record, verdicts, clock.now(), random.fraction());
  });
  if (settled !== null) await scheduleRetry(meter.world, campaign.id, id, settled.record);
}
