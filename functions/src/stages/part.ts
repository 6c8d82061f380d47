import { FieldErrors } from '../contract/fieldErrors.ts';
import { ProblemError, type FieldError } from '../contract/problem.ts';
import type { PartAnswer, UploadedRecipient } from '../contract/recipient.ts';
import { labelled, outgoingMessage } from '../core/adLabel.ts';
import { AD_RULES } from '../core/adRules.ts';
import { checkUploaded, type UploadChecks } from '../core/check.ts';
import { compileMessage } from '../core/compose.ts';
import { encodePartKeys, keyHash, type PartKey } from '../core/keyIndex.ts';
import { encodeUploaded } from '../core/recipient.ts';
import { Pager, type UploadPage } from '../core/uploadPage.ts';
import type { Documents, World } from '../ports.ts';
import { readCampaignRecord } from '../store/campaigns.ts';
import { untilSettled } from '../store/mutate.ts';
import type { CampaignRecord, PartRecord } from '../store/records.ts';
import { deleteUploadPages, readPartRecord, writePartRecord, writeUploadPage } from '../store/uploads.ts';
import { nameOf } from './failure.ts';
import { campaignTiming, isKept } from './schedule.ts';

/** A line of a part as the reader of its body gives it: a recipient, or what is wrong with its form. */
export type PartLine =
  | { readonly line: number; readonly recipient: UploadedRecipient }
  | { readonly line: number; readonly errors: readonly FieldError[] };

export interface PartUpload {
  readonly campaignId: string;
  /** From 1. */
  readonly part: number;
  /** base64url SHA-256 of the body as sent. */
  readonly digest: string;
  /** Read once, line by line; throws a ProblemError where the body cannot be read on. */
  readonly lines: AsyncIterable<PartLine>;
}

/**
 * Stores one part of an upload, page by page as its lines arrive. The part is what its last whole upload says: pages
 * go under a name of this upload's own, and one write at the end makes them the part's. The same bytes again change
 * nothing.
 *
 * @throws ProblemError `not_found`; `conflict` once the campaign has been started, or where it takes no upload;
 * `invalid` with the lines and fields that are wrong. Nothing of the part is stored then.
 */
export async function putPart(world: World, upload: PartUpload): Promise<PartAnswer> {
  const { documents, clock, settings, random } = world;
  const { campaignId, part, digest } = upload;
  const known = await readPartRecord(documents, campaignId, part);
  const campaign = await uploadCampaign(documents, campaignId);
  const dueMs = Math.max(clock.now(), campaignTiming(world, campaign.request).startsAtMs ?? 0);
  if (known?.record.digest === digest && isKept(known.record, dueMs, settings.recipientTtlMs)) {
    return answerOf(known.record);
  }
  assertOpen(campaign);
  const keptUntilMs = dueMs + settings.recipientTtlMs;
  const writer = new PartWriter(world, campaign, part, random.id(), new Date(keptUntilMs));
  try {
    await writer.takeAll(upload.lines);
  } catch (error) {
    await writer.discard();
    throw error;
  }
  const { uploadId, keys, pageSizes } = writer;
  const recipients = pageSizes.reduce((sum, size) => sum + size, 0);
  const record: PartRecord = {
    part,
    uploadId,
    digest,
    recipients,
    pageSizes,
    keptUntilMs,
    firstPage: null,
    sealing: null,
  };
  const replaced = await nameOrDiscard(world, writer, campaignId, record, keys);
  if (replaced !== null) await discardPages(world, campaignId, replaced.uploadId, replaced.pageSizes.length);
  return answerOf(record);
}

/**
 * Makes the written pages the part's.
 * @returns the part that they took the place of, or null
 */
async function nameOrDiscard(
  { documents }: World,
  writer: PartWriter,
  campaignId: string,
  record: PartRecord,
  keys: Uint8Array,
): Promise<PartRecord | null> {
  try {
    return await untilSettled(async () => {
      // In this order: a start first holds the campaign and then its parts, so that either it is seen here or the
      // part's version has changed.
      const known = await readPartRecord(documents, campaignId, record.part);
      if (known?.record.uploadId === record.uploadId) return null;
      assertOpen(await uploadCampaign(documents, campaignId));
      await writePartRecord(documents, campaignId, known, record, { keys, expireAt: writer.expireAt });
      return known?.record ?? null;
    });
  } catch (error) {
    // Any other failure may hide that the write came through, and then the pages are the part's.
    if (error instanceof ProblemError) await writer.discard();
    throw error;
  }
}

async function uploadCampaign(documents: Documents, campaignId: string): Promise<CampaignRecord> {
  const stored = await readCampaignRecord(documents, campaignId);
  if (stored === null) throw new ProblemError('not_found', 'There is no campaign with this id.');
  if ('recipients' in stored.record.request.audience) return stored.record;
  throw new ProblemError('conflict', 'This campaign goes to members of the directory and takes no upload.');
}

function assertOpen({ state, sealing }: CampaignRecord): void {
  if (state === 'draft' && sealing === null) return;
  throw new ProblemError('conflict', 'The campaign has been started: its recipients cannot be changed any more.');
}

function answerOf({ part, recipients, pageSizes }: PartRecord): PartAnswer {
  return { part, recipients, pages: pageSizes.length };
}

/** Pages that nobody could delete go by their TTL. */
async function discardPages(world: World, campaignId: string, uploadId: string, pages: number): Promise<void> {
  try {
    await deleteUploadPages(world.documents, campaignId, uploadId, pages);
  } catch (error) {
    const reason = nameOf(error);
    world.log.warn('pages of an upload could not be deleted', { campaignId, uploadId, pages, reason });
  }
}

/** Writes one upload of a part, and holds one page of it at a time. */
class PartWriter {
  readonly uploadId: string;
  readonly expireAt: Date;
  readonly pageSizes: number[] = [];
  readonly #world: World;
  readonly #campaignId: string;
  readonly #part: number;
  readonly #checks: UploadChecks;
  readonly #pager = new Pager();
  readonly #keys: PartKey[] = [];
  readonly #errors = new FieldErrors();

  constructor(world: World, campaign: CampaignRecord, part: number, uploadId: string, expireAt: Date) {
    const { kind, ad } = campaign.request;
    const rules = AD_RULES[world.settings.country];
    const shared = outgoingMessage(campaign.request, rules);
    this.#world = world;
    this.#campaignId = campaign.id;
    this.#part = part;
    this.#checks = { kind, shared, compiled: compileMessage(shared), ad, rules };
    this.uploadId = uploadId;
    this.expireAt = expireAt;
  }

  /** @throws ProblemError `invalid` for lines that are wrong, or where there is none; all lines have been read then */
  async takeAll(lines: AsyncIterable<PartLine>): Promise<void> {
    for await (const line of lines) await this.#take(line);
    const rest = this.#pager.flush();
    if (rest !== null && !this.#errors.any) await this.#write(rest);
    if (this.pageSizes.length === 0 && !this.#errors.any) {
      this.#errors.add([{ field: '', message: 'holds no recipient' }]);
    }
    if (this.#errors.any) throw this.#errors.refusal(`Part ${this.#part}`);
  }

  get keys(): Uint8Array {
    return encodePartKeys(this.#keys);
  }

  async discard(): Promise<void> {
    await discardPages(this.#world, this.#campaignId, this.uploadId, this.pageSizes.length);
  }

  async #take(line: PartLine): Promise<void> {
    if ('errors' in line) {
      this.#errors.add(line.errors, line.line);
      return;
    }
    const { kind, ad, rules } = this.#checks;
    const recipient = kind === 'marketing' ? labelled(line.recipient, ad, rules) : line.recipient;
    this.#errors.add(checkUploaded(this.#checks, recipient), line.line);
    if (this.#errors.any) return;
    const full = this.#pager.add(encodeUploaded(recipient));
    if (full !== null) await this.#write(full);
    this.#keys.push({ hash: keyHash(line.recipient.key), page: this.pageSizes.length });
  }

  async #write(content: UploadPage): Promise<void> {
    const page = this.pageSizes.length;
    // Noted before it is written, so that it is deleted too where nobody knows whether it was.
    this.pageSizes.push(content.recipients);
    const ref = { campaignId: this.#campaignId, uploadId: this.uploadId, page };
    await writeUploadPage(this.#world.documents, ref, content, this.expireAt);
  }
}
