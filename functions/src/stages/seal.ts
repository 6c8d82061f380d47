import { FIELD_ERRORS_MAX } from '../contract/fieldErrors.ts';
import type { Operations } from '../contract/operations.ts';
import { ProblemError, type FieldError } from '../contract/problem.ts';
import type { Seal } from '../contract/recipient.ts';
import { bucketCount } from '../core/keyIndex.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { metered, type Meter } from '../store/meter.ts';
import { untilSettled } from '../store/mutate.ts';
import type { CampaignRecord, PartRecord, Stored } from '../store/records.ts';
import { NO_OPERATIONS, addOperations } from '../store/totals.ts';
import { holdParts, listParts } from '../store/uploads.ts';
import { nameOf } from './failure.ts';
import { indexKeys } from './keyIndex.ts';
import { asScheduled, isKept } from './schedule.ts';

/**
 * Closes an upload and schedules its campaign: the parts are held still, counted against what the caller says, and
 * their keys are compared. The campaign is scheduled by one write at the end; where it does not come to that, the
 * campaign stays the draft that it was. Again after it was sealed: no change.
 *
 * @throws ProblemError `not_found`; `conflict` where parts or recipients are not those that arrived, or the campaign was
 * started with others; `invalid` where keys are given twice
 */
export async function sealUpload(outer: World, id: string, seal: Seal, who: string): Promise<CampaignRecord> {
  const meter = metered(outer);
  const { world } = meter;
  const held = await hold(world, id, seal);
  if (held.state !== 'draft') return held;
  const sealing = held.sealing ?? '';
  try {
    const parts = await untilSettled(async () => {
      const stored = await listParts(world.documents, id);
      assertComplete(stored, seal, asScheduled(world, held.request).startsAtMs ?? 0, world.settings.recipientTtlMs);
      return holdParts(world.documents, stored, sealing);
    });
    const keyBuckets = bucketCount(seal.recipients);
    await indexKeys(world, id, parts, keyBuckets);
    return await schedule(meter, id, sealing, who, uploadOf(parts, keyBuckets));
  } catch (error) {
    await letGo(world, id, sealing);
    throw error;
  }
}

/** Marks the campaign, so that no part of it changes from here on. */
async function hold(world: World, id: string, seal: Seal): Promise<CampaignRecord> {
  const sealing = world.random.id();
  return untilSettled(async () => {
    const stored = await readCampaignRecord(world.documents, id);
    if (stored === null) throw new ProblemError('not_found', 'There is no campaign with this id.');
    if (stored.record.state !== 'draft') return startedWith(stored.record, seal);
    await updateCampaignRecord(world.documents, stored, { sealing });
    return { ...stored.record, sealing };
  });
}

/** @throws ProblemError `conflict` where it was started with other numbers */
function startedWith(campaign: CampaignRecord, { parts, recipients }: Seal): CampaignRecord {
  const { upload } = campaign;
  if (upload === null || (upload.parts === parts && upload.recipients === recipients)) return campaign;
  throw new ProblemError(
    'conflict',
    `The campaign was started with ${upload.parts} parts and ${upload.recipients} recipients.`,
  );
}

async function letGo(world: World, id: string, sealing: string): Promise<void> {
  try {
    await untilSettled(async () => {
      const stored = await readCampaignRecord(world.documents, id);
      if (stored?.record.sealing === sealing) await updateCampaignRecord(world.documents, stored, { sealing: null });
    });
  } catch (error) {
    world.log.warn('a draft is held until it is started again', { campaignId: id, reason: nameOf(error) });
  }
}

/** @throws ProblemError `conflict` that says what is missing, too much or too old */
function assertComplete(
  stored: readonly Stored<PartRecord>[],
  { parts, recipients }: Seal,
  dueMs: number,
  ttlMs: number,
): void {
  const byNumber = new Map(stored.map(({ record }) => [record.part, record]));
  const missing = Array.from({ length: parts }, (_, index) => index + 1).filter((part) => !byNumber.has(part));
  if (missing.length > 0) throw partsRefusal(missing, 'missing', 'did not arrive');
  const beyond = [...byNumber.keys()].filter((part) => part > parts);
  if (beyond.length > 0) throw partsRefusal(beyond, 'beyond the last one', `arrived, and only ${parts} were to`);
  const old = [...byNumber.values()].filter((record) => !isKept(record, dueMs, ttlMs));
  if (old.length > 0) {
    throw partsRefusal(
      old.map(({ part }) => part),
      'too old',
      'would be gone before the campaign ends; upload it again',
    );
  }
  const arrived = [...byNumber.values()].reduce((sum, record) => sum + record.recipients, 0);
  if (arrived === recipients) return;
  throw new ProblemError('conflict', `${arrived} recipients arrived, and not ${recipients}.`, [
    { field: '/recipients', message: `does not match: ${arrived} arrived` },
  ]);
}

function partsRefusal(parts: readonly number[], how: string, why: string): ProblemError {
  const named = parts.slice(0, FIELD_ERRORS_MAX);
  const more = parts.length > named.length ? ` and ${parts.length - named.length} more` : '';
  const subject = parts.length === 1 ? 'This part is' : 'These parts are';
  const errors = named.map((part): FieldError => ({ field: '/parts', message: `part ${part} ${why}` }));
  return new ProblemError('conflict', `${subject} ${how}: ${named.join(', ')}${more}.`, errors);
}

function uploadOf(parts: readonly PartRecord[], keyBuckets: number): NonNullable<CampaignRecord['upload']> {
  return {
    parts: parts.length,
    recipients: parts.reduce((sum, part) => sum + part.recipients, 0),
    pages: parts.reduce((sum, part) => sum + part.pageSizes.length, 0),
    keptUntilMs: Math.min(...parts.map((part) => part.keptUntilMs)),
    keyBuckets,
  };
}

/** What the parts took when they came: each looks at itself and at its campaign twice, and writes its pages and itself. */
function uploadOperations({ parts, pages }: NonNullable<CampaignRecord['upload']>): Operations {
  return { ...NO_OPERATIONS, firestoreReads: 4 * parts, firestoreWrites: pages + parts };
}

async function schedule(
  meter: Meter,
  id: string,
  sealing: string,
  who: string,
  upload: NonNullable<CampaignRecord['upload']>,
): Promise<CampaignRecord> {
  const { world } = meter;
  return untilSettled(async () => {
    const stored = await readCampaignRecord(world.documents, id);
    if (stored === null) throw new ProblemError('not_found', 'There is no campaign with this id.');
    if (stored.record.state !== 'draft') return startedWith(stored.record, upload);
    if (stored.record.sealing !== sealing) {
      throw new ProblemError('unavailable', 'Another start of this campaign is under way; try again.');
    }
    const what = `started with ${upload.parts} parts and ${upload.recipients} recipients`;
    const { totals } = stored.record;
    const spent = addOperations(uploadOperations(upload), meter.unbilled(1));
    const change: Partial<CampaignRecord> = {
      ...asScheduled(world, stored.record.request),
      totals: { ...totals, operations: addOperations(totals.operations, spent) },
      sealing: null,
      upload,
      audit: [...stored.record.audit, { atMs: world.clock.now(), who, what }],
    };
    await updateCampaignRecord(world.documents, stored, change);
    return { ...stored.record, ...change };
  });
}
