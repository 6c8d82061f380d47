import { MEMBERS_PER_PAGE, pageId, pageOf, pageOfId } from '../../../functions/src/core/page.ts';
import type { Doc, Documents, FieldPath, Query, Write } from '../../../functions/src/ports.ts';
import { batchId, idOf, rangeOfBatch } from '../../../functions/src/store/paths.ts';
import { MemoryDocuments } from '../../../test/memory/documents.ts';
import { sizeOf } from './size.ts';

const MEMBERS = 'members';
const PAGE_VERSION = '1';
/** 12,000 members with an address each. */
const BATCHES_PER_RANGE = 24;

/** What the documents came to, against Firestore's limits. */
export interface Sizes {
  /** Of the largest document of each collection, in bytes. */
  readonly largest: Record<string, number>;
  /** Documents made, by collection. */
  readonly made: Record<string, number>;
  commitWrites: number;
  commitBytes: number;
}

/**
 * A database for measurements: a directory of any size, whose pages are made up when they are read, and of a campaign what
 * is still worked on. Batches that are final and ranges that are added up are counted and let go, because the pipeline
 * reads them no more; so its own memory says nothing of a campaign's length.
 */
export class BenchDocuments implements Documents {
  readonly sizes: Sizes = { largest: {}, made: {}, commitWrites: 0, commitBytes: 0 };
  readonly #kept = new MemoryDocuments();
  readonly #members: number;
  readonly #ledger = { planned: 0, open: 0 };
  /** A final batch, as which all others are told. */
  #batch: Doc | null = null;

  /** @param members numbered from 1 without a gap */
  constructor(members: number) {
    this.#members = members;
  }

  /** Messages that have their outcome, and whose batch is not kept any more. */
  get settled(): number {
    return this.#ledger.planned;
  }

  /** Adds final batches to the ledger that were never written. */
  addToLedger(messages: number): void {
    this.#ledger.planned += messages;
  }

  async get(path: string): Promise<Doc | null> {
    return collectionOf(path) === MEMBERS ? this.#page(pageOfId(idOf(path))) : this.#kept.get(path);
  }

  async getMany(paths: readonly string[], fields?: readonly FieldPath[]): Promise<(Doc | null)[]> {
    if (paths.every((path) => collectionOf(path) !== MEMBERS)) return this.#kept.getMany(paths, fields);
    return Promise.all(paths.map((path) => this.get(path)));
  }

  async query(query: Query): Promise<Doc[]> {
    const { collection, fromId, where } = query;
    if (collection.endsWith('/batches') && fromId !== undefined && where === undefined) {
      return this.#log(collection, fromId, query.limit);
    }
    if (collection !== MEMBERS) return this.#kept.query(query);
    const first = Math.max(0, pageOfId(fromId ?? pageId(0)));
    const last = Math.min(pageOf(this.#members), pageOfId(query.toId ?? pageId(pageOf(this.#members))));
    const pages = Array.from({ length: Math.max(0, Math.min(query.limit, last - first + 1)) }, (_, at) => first + at);
    return pages.map((page) =>
      query.idsOnly === true ? { path: pathOf(page), version: PAGE_VERSION, fields: {} } : (this.#page(page) as Doc),
    );
  }

  async count(collection: string, run: { readonly fromId: string; readonly toId: string }): Promise<number> {
    if (collection !== MEMBERS) return this.#kept.count(collection, run);
    const last = Math.min(pageOf(this.#members), pageOfId(run.toId));
    return Math.max(0, last - pageOfId(run.fromId) + 1);
  }

  async sum(collection: string, fields: readonly string[]): Promise<number[]> {
    const kept = await this.#kept.sum(collection, fields);
    if (!collection.endsWith('/batches')) return kept;
    return fields.map((field, at) => (kept[at] ?? 0) + (this.#ledger[field as 'planned' | 'open'] ?? 0));
  }

  async commit(writes: readonly Write[]): Promise<string[]> {
    const versions = await this.#kept.commit(writes);
    this.sizes.commitWrites = Math.max(this.sizes.commitWrites, writes.length);
    let bytes = 0;
    for (const write of writes) {
      const path = pathOfWrite(write);
      const doc = 'delete' in write ? null : await this.#kept.get(path);
      bytes += 'fields' in write ? sizeOf(write.fields) : 0;
      if (doc !== null) await this.#account(doc, 'create' in write);
    }
    this.sizes.commitBytes = Math.max(this.sizes.commitBytes, bytes);
    return versions;
  }

  /** A page of the ledger: each range's log as long as a full one's, each batch like the one that is kept. */
  #log(collection: string, fromId: string, limit: number): Doc[] {
    const { ranges = 0 } = this.sizes.made;
    let range = rangeOfBatch(fromId);
    let seq = Number(fromId.slice(-5));
    const docs: Doc[] = [];
    while (docs.length < limit && range < ranges && this.#batch !== null) {
      const path = `${collection}/${batchId(range, seq)}`;
      if (seq < BATCHES_PER_RANGE) docs.push({ ...this.#batch, path, fields: { ...this.#batch.fields, range, seq } });
      seq = seq + 1 < BATCHES_PER_RANGE ? seq + 1 : 0;
      if (seq === 0) range += 1;
    }
    return docs;
  }

  async #account(doc: Doc, isNew: boolean): Promise<void> {
    const collection = collectionOf(doc.path).split('/').at(-1) ?? '';
    const { largest, made } = this.sizes;
    largest[collection] = Math.max(largest[collection] ?? 0, sizeOf(doc.fields) + doc.path.length);
    if (isNew) made[collection] = (made[collection] ?? 0) + 1;
    const { fields } = doc;
    if (collection === 'batches' && fields['state'] === 'final') {
      this.#batch ??= doc;
      this.#ledger.planned += fields['planned'] as number;
      await this.#kept.commit([{ delete: doc.path }]);
    }
    if (collection === 'ranges' && fields['state'] === 'done' && fields['fold'] === false) {
      await this.#kept.commit([{ delete: doc.path }]);
    }
  }

  #page(page: number): Doc | null {
    if (page > pageOf(this.#members)) return null;
    const members: Record<string, string> = {};
    const from = Math.max(1, page * MEMBERS_PER_PAGE);
    const to = Math.min(this.#members, (page + 1) * MEMBERS_PER_PAGE - 1);
    for (let memberNo = from; memberNo <= to; memberNo += 1) members[String(memberNo)] = stored(memberNo);
    return { path: pathOf(page), version: PAGE_VERSION, fields: { members } };
  }
}

/** A member as a page holds it, with a token as long as FCM's are. */
function stored(memberNo: number): string {
  const token = `accept:${String(memberNo).padStart(156, 'x')}`;
  return `{"addresses":[{"token":"${token}","platform":"android"}],"consent":{},"vars":{"name":"하늘"},"tags":[]}`;
}

const pathOf = (page: number): string => `${MEMBERS}/${pageId(page)}`;
const collectionOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function pathOfWrite(write: Write): string {
  if ('create' in write) return write.create;
  if ('update' in write) return write.update;
  if ('merge' in write) return write.merge;
  if ('set' in write) return write.set;
  return 'remove' in write ? write.remove : write.delete;
}
