import { isDeepStrictEqual } from 'node:util';
import {
  WriteConflict,
  type Doc,
  type Documents,
  type FieldPath,
  type Fields,
  type Filter,
  type Query,
  type Value,
  type Write,
} from '../../functions/src/ports.ts';

/**
 * The `Documents` port in memory, with Firestore's rules: commits are atomic, every change is a new version. Documents are
 * copied and frozen as they are written, so that a read costs nothing and nobody can change what another one reads.
 */
export class MemoryDocuments implements Documents {
  /** Told of every document as it is after a write. */
  onWritten: (doc: Doc) => void = () => undefined;
  readonly #collections = new Map<string, Map<string, Doc>>();
  #version = 0;
  /** Documents read so far, as they are billed. */
  reads = 0;

  async get(path: string): Promise<Doc | null> {
    await Promise.resolve();
    this.reads += 1;
    return this.#doc(path) ?? null;
  }

  async getMany(paths: readonly string[], fields?: readonly FieldPath[]): Promise<(Doc | null)[]> {
    await Promise.resolve();
    this.reads += paths.length;
    return paths.map((path) => masked(this.#doc(path) ?? null, fields));
  }

  async query(query: Query): Promise<Doc[]> {
    await Promise.resolve();
    const { orderBy, after, where = [], fromId = '', toId } = query;
    const key = (doc: Doc): [Value, string] => [
      orderBy === undefined ? null : (doc.fields[orderBy.field] ?? null),
      idOf(doc.path),
    ];
    const sign = orderBy?.descending === true ? -1 : 1;
    const found: Doc[] = [];
    for (const [id, doc] of this.#collections.get(query.collection) ?? []) {
      if (id < fromId || (toId !== undefined && id > toId)) continue;
      if (orderBy !== undefined && doc.fields[orderBy.field] === undefined) continue;
      if (where.some((filter) => !holds(doc.fields, filter))) continue;
      if (after !== undefined && sign * compare(key(doc), after) <= 0) continue;
      found.push(doc);
    }
    const docs = found.sort((a, b) => sign * compare(key(a), key(b))).slice(0, query.limit);
    this.reads += Math.max(1, docs.length);
    const fields = query.idsOnly === true ? [] : query.fields?.map((field): FieldPath => [field]);
    return docs.map((doc) => masked(doc, fields) as Doc);
  }

  async commit(writes: readonly Write[]): Promise<string[]> {
    await Promise.resolve();
    if (writes.length > 500) throw new RangeError('a commit takes at most 500 writes');
    for (const write of writes) this.#check(write);
    this.#version += 1;
    const version = String(this.#version);
    for (const write of writes) this.#apply(write, version);
    return writes.map((write) => this.#doc(pathOf(write))?.version ?? version);
  }

  async count(collection: string, run: { readonly fromId: string; readonly toId: string }): Promise<number> {
    const found = await this.query({ collection, ...run, limit: Infinity });
    this.reads += Math.ceil(found.length / 1_000) - found.length;
    return found.length;
  }

  async sum(collection: string, fields: readonly string[]): Promise<number[]> {
    await Promise.resolve();
    const docs = [...(this.#collections.get(collection)?.values() ?? [])];
    return fields.map((field) =>
      docs.reduce((sum, doc) => (typeof doc.fields[field] === 'number' ? sum + doc.fields[field] : sum), 0),
    );
  }

  /** Every document, for a test to look through. */
  all(): Doc[] {
    return [...this.#collections.values()].flatMap((collection) => [...collection.values()]);
  }

  #doc(path: string): Doc | undefined {
    return this.#collections.get(collectionOf(path))?.get(idOf(path));
  }

  #check(write: Write): void {
    if ('create' in write && this.#doc(write.create) !== undefined) throw new WriteConflict(`${write.create} exists`);
    const versioned = 'update' in write ? write.update : 'set' in write ? write.set : null;
    if (versioned !== null && 'at' in write && this.#doc(versioned)?.version !== write.at) {
      throw new WriteConflict(`${versioned} is at another version`);
    }
  }

  #apply(write: Write, version: string): void {
    const path = pathOf(write);
    const before = this.#doc(path);
    if ('delete' in write) {
      this.#collections.get(collectionOf(path))?.delete(idOf(path));
      return;
    }
    const changes = changesOf(write, before?.fields ?? {});
    const isSame = Object.entries(changes).every(([field, value]) => isSameValue(before?.fields[field], value));
    if (before !== undefined && isSame) return;
    const doc = { path, version, fields: Object.freeze({ ...before?.fields, ...frozen<Fields>(changes) }) };
    const docs = this.#collections.get(collectionOf(path)) ?? new Map<string, Doc>();
    this.#collections.set(collectionOf(path), docs.set(idOf(path), doc));
    this.onWritten(doc);
  }
}

/** The top-level fields that a write puts in the place of those that are there. */
function changesOf(write: Exclude<Write, { readonly delete: string }>, fields: Fields): Fields {
  if ('create' in write || 'update' in write) return write.fields;
  if ('merge' in write) {
    return Object.fromEntries(
      Object.entries(write.fields).map(([field, value]) => [field, mergedValue(fields[field], value)]),
    );
  }
  const [map, key] = write.path;
  const { [key]: _, ...rest } = (fields[map] ?? {}) as Fields;
  return { [map]: 'set' in write ? { ...rest, [key]: write.value } : rest };
}

function isSameValue(a: Value | undefined, b: Value): boolean {
  return a === b || (typeof b === 'object' && b !== null && isDeepStrictEqual(a, b));
}

const collectionOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function isMap(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Copies what was not copied by an earlier write. Bytes cannot be frozen; they are copied alone. */
function frozen<T extends Value>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Uint8Array) return Uint8Array.from(value) as unknown as T;
  if (value instanceof Date) return new Date(value) as T;
  if (Array.isArray(value)) return Object.freeze(value.map(frozen)) as unknown as T;
  const copy: Record<string, Value> = {};
  for (const [field, part] of Object.entries(value)) if (part !== undefined) copy[field] = frozen(part);
  return Object.freeze(copy) as T;
}

function masked(doc: Doc | null, paths: readonly FieldPath[] | undefined): Doc | null {
  if (doc === null || paths === undefined) return doc;
  let fields: Fields = {};
  for (const [field, entry] of paths) {
    const value = doc.fields[field];
    if (value === undefined) continue;
    if (entry === undefined) fields = { ...fields, [field]: value };
    else if (isMap(value) && value[entry] !== undefined)
      fields = merged(fields, { [field]: { [entry]: value[entry] } });
  }
  return { ...doc, fields };
}

function merged(old: Fields, changes: Fields): Fields {
  const result: Record<string, Value> = { ...old };
  for (const [field, value] of Object.entries(changes)) result[field] = mergedValue(result[field], value);
  return result;
}

function mergedValue(before: Value | undefined, value: Value): Value {
  return isMap(before) && isMap(value) ? merged(before, value) : value;
}

function holds(fields: Fields, [field, operator, value]: Filter): boolean {
  const actual = fields[field];
  if (operator === '==') return actual === value || isDeepStrictEqual(actual, value);
  if (typeof actual !== 'number' || typeof value !== 'number') return false;
  if (operator === '<') return actual < value;
  if (operator === '<=') return actual <= value;
  return operator === '>' ? actual > value : actual >= value;
}

function compare([a, idA]: readonly [Value, string], [b, idB]: readonly [Value, string]): number {
  if (typeof a === 'number' && typeof b === 'number' && a !== b) return a - b;
  if (idA === idB) return 0;
  return idA < idB ? -1 : 1;
}

function pathOf(write: Write): string {
  if ('create' in write) return write.create;
  if ('update' in write) return write.update;
  if ('merge' in write) return write.merge;
  if ('set' in write) return write.set;
  return 'remove' in write ? write.remove : write.delete;
}
