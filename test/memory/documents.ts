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

interface Kept {
  readonly version: string;
  readonly fields: Fields;
}

/** The `Documents` port in memory, with Firestore's rules: commits are atomic, every change is a new version. */
export class MemoryDocuments implements Documents {
  readonly #kept = new Map<string, Kept>();
  #version = 0;
  /** Documents read so far, as they are billed. */
  reads = 0;

  async get(path: string): Promise<Doc | null> {
    await Promise.resolve();
    this.reads += 1;
    return this.#doc(path);
  }

  async getMany(paths: readonly string[], fields?: readonly FieldPath[]): Promise<(Doc | null)[]> {
    await Promise.resolve();
    this.reads += paths.length;
    return paths.map((path) => masked(this.#doc(path), fields));
  }

  async query(query: Query): Promise<Doc[]> {
    await Promise.resolve();
    const { orderBy, after } = query;
    const found = this.#collection(query.collection)
      .filter((doc) => (query.where ?? []).every((filter) => holds(doc.fields, filter)))
      .filter((doc) => query.fromId === undefined || idOf(doc) >= query.fromId)
      .filter((doc) => query.toId === undefined || idOf(doc) <= query.toId)
      .filter((doc) => orderBy === undefined || doc.fields[orderBy.field] !== undefined);
    const key = (doc: Doc): [Value, string] => [
      orderBy === undefined ? null : (doc.fields[orderBy.field] ?? null),
      idOf(doc),
    ];
    const sign = orderBy?.descending === true ? -1 : 1;
    const docs = found
      .sort((a, b) => sign * compare(key(a), key(b)))
      .filter((doc) => after === undefined || sign * compare(key(doc), after) > 0)
      .slice(0, query.limit)
      .map((doc) => (query.idsOnly === true ? { ...doc, fields: {} } : doc));
    this.reads += Math.max(1, docs.length);
    const fields = query.fields?.map((field): FieldPath => [field]);
    return docs.map((doc) => masked(doc, fields) as Doc);
  }

  async commit(writes: readonly Write[]): Promise<string[]> {
    await Promise.resolve();
    if (writes.length > 500) throw new RangeError('a commit takes at most 500 writes');
    for (const write of writes) this.#check(write);
    this.#version += 1;
    const version = String(this.#version);
    for (const write of writes) this.#apply(write, version);
    return writes.map((write) => this.#kept.get(pathOf(write))?.version ?? version);
  }

  async sum(collection: string, fields: readonly string[]): Promise<number[]> {
    await Promise.resolve();
    const docs = this.#collection(collection);
    return fields.map((field) =>
      docs.reduce((sum, doc) => (typeof doc.fields[field] === 'number' ? sum + doc.fields[field] : sum), 0),
    );
  }

  /** Every document, for a test to look through. */
  all(): Doc[] {
    return [...this.#kept.keys()].map((path) => this.#doc(path) as Doc);
  }

  #doc(path: string): Doc | null {
    const kept = this.#kept.get(path);
    return kept === undefined ? null : { path, version: kept.version, fields: structuredClone(kept.fields) };
  }

  #collection(collection: string): Doc[] {
    return this.all().filter((doc) => doc.path.slice(0, doc.path.lastIndexOf('/')) === collection);
  }

  #check(write: Write): void {
    if ('create' in write && this.#kept.has(write.create)) throw new WriteConflict(`${write.create} exists`);
    const versioned = 'update' in write ? write.update : 'set' in write ? write.set : null;
    if (versioned !== null && 'at' in write && this.#kept.get(versioned)?.version !== write.at) {
      throw new WriteConflict(`${versioned} is at another version`);
    }
  }

  #apply(write: Write, version: string): void {
    const put = (path: string, fields: Fields): void => {
      const before = this.#kept.get(path);
      if (before !== undefined && isDeepStrictEqual(before.fields, fields)) return;
      this.#kept.set(path, { version, fields: structuredClone(fields) });
    };
    if ('create' in write) put(write.create, write.fields);
    else if ('update' in write) put(write.update, { ...this.#kept.get(write.update)?.fields, ...write.fields });
    else if ('merge' in write) put(write.merge, merged(this.#kept.get(write.merge)?.fields ?? {}, write.fields));
    else if ('set' in write) {
      const [map, key] = write.path;
      const fields = this.#kept.get(write.set)?.fields ?? {};
      put(write.set, { ...fields, [map]: { ...((fields[map] ?? {}) as Fields), [key]: write.value } });
    } else if ('delete' in write) this.#kept.delete(write.delete);
    else {
      const fields = this.#kept.get(write.remove)?.fields ?? {};
      const { [write.path[1]]: _, ...rest } = (fields[write.path[0]] ?? {}) as Fields;
      put(write.remove, { ...fields, [write.path[0]]: rest });
    }
  }
}

const idOf = (doc: Doc): string => doc.path.slice(doc.path.lastIndexOf('/') + 1);

function isMap(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
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
  for (const [field, value] of Object.entries(changes)) {
    const before = result[field];
    result[field] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}

function holds(fields: Fields, [field, operator, value]: Filter): boolean {
  const actual = fields[field];
  if (operator === '==') return isDeepStrictEqual(actual, value);
  if (typeof actual !== 'number' || typeof value !== 'number') return false;
  return { '<': actual < value, '<=': actual <= value, '>': actual > value, '>=': actual >= value }[operator];
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
