import type { UploadPage } from '../core/uploadPage.ts';
import type { Doc, Documents, Fields, Write } from '../ports.ts';
import { partPath, partsOf, recipientsOf, uploadPagePath } from './paths.ts';
import { readPart, type PartRecord, type Stored } from './records.ts';

/** All of a part but its keys, which are the larger part of it. */
const PART_FIELDS = [
  'part',
  'uploadId',
  'digest',
  'recipients',
  'pageSizes',
  'keptUntilMs',
  'firstPage',
  'sealing',
] as const;
const READ_SIZE = 300;
/** Parts whose keys are read at once: 10,000 keys take 100 KB. */
const KEYS_READ_SIZE = 20;
/** Firestore's limit for one commit is 500 writes. */
const WRITES_PER_COMMIT = 400;

export interface UploadPageRef {
  readonly campaignId: string;
  readonly uploadId: string;
  /** Within the part, from 0. */
  readonly page: number;
}

/** Writes one page; nothing refers to it before its part does. */
export async function writeUploadPage(
  documents: Documents,
  { campaignId, uploadId, page }: UploadPageRef,
  content: UploadPage,
  expireAt: Date,
): Promise<void> {
  await documents.commit([
    { merge: uploadPagePath(campaignId, uploadId, page), fields: { lines: content.lines, expireAt } },
  ]);
}

/** The lines of a page; null where it is gone. */
export async function readUploadPage(
  documents: Documents,
  { campaignId, uploadId, page }: UploadPageRef,
): Promise<Uint8Array | null> {
  const lines = (await documents.get(uploadPagePath(campaignId, uploadId, page)))?.fields['lines'];
  return lines instanceof Uint8Array ? lines : null;
}

export async function deleteUploadPages(
  documents: Documents,
  campaignId: string,
  uploadId: string,
  pages: number,
): Promise<void> {
  const paths = Array.from({ length: pages }, (_, page) => uploadPagePath(campaignId, uploadId, page));
  await deleteAll(documents, paths);
}

export async function readPartRecord(
  documents: Documents,
  campaignId: string,
  part: number,
): Promise<Stored<PartRecord> | null> {
  const [doc] = await documents.getMany(
    [partPath(campaignId, part)],
    PART_FIELDS.map((field) => [field] as const),
  );
  return doc ? readPart(doc) : null;
}

/**
 * Makes a part what its last upload says, in one write.
 * @param known the part as it was read; null where there was none
 * @throws WriteConflict where somebody else wrote since
 */
export async function writePartRecord(
  documents: Documents,
  campaignId: string,
  known: Stored<PartRecord> | null,
  record: PartRecord,
  more: { readonly keys: Uint8Array; readonly expireAt: Date },
): Promise<void> {
  const fields: Fields = { ...record, ...more };
  await documents.commit([
    known === null
      ? { create: partPath(campaignId, record.part), fields }
      : { update: known.path, at: known.version, fields },
  ]);
}

/** An upload's parts by number, without their keys; at most 1,000. */
export async function listParts(documents: Documents, campaignId: string): Promise<Stored<PartRecord>[]> {
  const parts: Stored<PartRecord>[] = [];
  for (let next = 0; ;) {
    const docs = await documents.query({
      collection: partsOf(campaignId),
      fromId: idOfPart(campaignId, next),
      limit: READ_SIZE,
      fields: PART_FIELDS,
    });
    parts.push(...docs.map(readPart));
    const last = parts.at(-1);
    if (last === undefined || docs.length < READ_SIZE) return parts;
    next = last.record.part + 1;
  }
}

/** Each part's keys, a few parts at a time. */
export async function* readKeys(
  documents: Documents,
  campaignId: string,
  parts: readonly PartRecord[],
): AsyncGenerator<{ readonly part: PartRecord; readonly keys: Uint8Array }, void, undefined> {
  for (let start = 0; start < parts.length; start += KEYS_READ_SIZE) {
    const some = parts.slice(start, start + KEYS_READ_SIZE);
    const docs = await documents.getMany(
      some.map(({ part }) => partPath(campaignId, part)),
      [['keys']],
    );
    for (const [index, part] of some.entries()) {
      const keys = docs[index]?.fields['keys'];
      if (!(keys instanceof Uint8Array)) throw new TypeError(`part ${part.part} lacks its keys`);
      yield { part, keys };
    }
  }
}

/** The sealed parts that hold a run of the upload's pages, in order, `limit` of them at most. */
export async function partsFromPage(
  documents: Documents,
  campaignId: string,
  { from, to }: { readonly from: number; readonly to: number },
  limit: number,
): Promise<PartRecord[]> {
  const collection = partsOf(campaignId);
  const fields = PART_FIELDS;
  const [holding, later] = await Promise.all([
    documents.query({
      collection,
      fields,
      where: [['firstPage', '<=', from]],
      orderBy: { field: 'firstPage', descending: true },
      limit: 1,
    }),
    limit === 1
      ? []
      : documents.query({
          collection,
          fields,
          where: [
            ['firstPage', '>', from],
            ['firstPage', '<=', to],
          ],
          orderBy: { field: 'firstPage', descending: false },
          limit: limit - 1,
        }),
  ]);
  return [...holding, ...later].map((doc) => readPart(doc).record);
}

/**
 * Holds parts still for a start, and gives each the place of its first page within the upload.
 * @throws WriteConflict where a part was uploaded again since it was read
 */
export async function holdParts(
  documents: Documents,
  parts: readonly Stored<PartRecord>[],
  sealing: string,
): Promise<PartRecord[]> {
  let firstPage = 0;
  const held = parts.map(({ path, version, record }) => {
    const place = { firstPage, sealing };
    firstPage += record.pageSizes.length;
    return { write: { update: path, at: version, fields: place }, record: { ...record, ...place } };
  });
  for (let start = 0; start < held.length; start += WRITES_PER_COMMIT) {
    await documents.commit(held.slice(start, start + WRITES_PER_COMMIT).map(({ write }) => write));
  }
  return held.map(({ record }) => record);
}

/** Deletes all that an upload left: every page, whichever upload of a part it belonged to, and the parts. */
export async function deleteUpload(documents: Documents, campaignId: string): Promise<void> {
  for (const collection of [recipientsOf(campaignId), partsOf(campaignId)]) {
    for (;;) {
      const docs: Doc[] = await documents.query({ collection, limit: WRITES_PER_COMMIT, idsOnly: true });
      if (docs.length === 0) break;
      await documents.commit(docs.map(({ path }): Write => ({ delete: path })));
    }
  }
}

async function deleteAll(documents: Documents, paths: readonly string[]): Promise<void> {
  for (let start = 0; start < paths.length; start += WRITES_PER_COMMIT) {
    await documents.commit(paths.slice(start, start + WRITES_PER_COMMIT).map((path): Write => ({ delete: path })));
  }
}

function idOfPart(campaignId: string, part: number): string {
  return partPath(campaignId, part).slice(partsOf(campaignId).length + 1);
}
