import './gax.ts';
import { AggregateField, FieldPath, FieldValue, Firestore, Timestamp } from '@google-cloud/firestore';
import type { DocumentReference, DocumentSnapshot, Query as FirestoreQuery, WriteBatch } from '@google-cloud/firestore';
import { WriteConflict, type Doc, type Documents, type Fields, type Query, type Value, type Write } from '../ports.ts';

/**
 * gRPC answers that mean that the document is not as the write said it must be: NOT_FOUND, ALREADY_EXISTS,
 * FAILED_PRECONDITION, ABORTED (https://grpc.io/docs/guides/status-codes/).
 */
const CONFLICTS: ReadonlySet<unknown> = new Set([5, 6, 9, 10]);
/** A limit is an int32 on the wire. */
const LIMIT_MAX = 2_147_483_647;

/**
 * The pipeline's documents in a project's Firestore, or in the emulator that `FIRESTORE_EMULATOR_HOST` names. A
 * document's version is its update time.
 */
export function firestoreDocuments(projectId: string): Documents & { close(): Promise<void> } {
  const firestore = new Firestore({ projectId, ignoreUndefinedProperties: true });
  return {
    close: () => firestore.terminate(),
    get: async (path) => toDoc(await firestore.doc(path).get()),
    getMany: async (paths, fields) => {
      if (paths.length === 0) return [];
      const refs = paths.map((path) => firestore.doc(path));
      const mask = fields?.map(([field, entry]) => (entry === undefined ? field : new FieldPath(field, entry)));
      const found = await (mask === undefined
        ? firestore.getAll(...refs)
        : firestore.getAll(...refs, { fieldMask: mask }));
      return found.map(toDoc);
    },
    query: async (query) => {
      const { docs } = await toQuery(firestore, query).get();
      return docs.map((snapshot) => toDoc(snapshot) as Doc);
    },
    commit: async (writes) => {
      const batch = firestore.batch();
      for (const write of writes) addWrite(firestore, batch, write);
      try {
        return (await batch.commit()).map(({ writeTime }) => versionOf(writeTime));
      } catch (error) {
        throw CONFLICTS.has((error as { code?: unknown }).code)
          ? new WriteConflict('not written', { cause: error })
          : error;
      }
    },
    count: async (collection, { fromId, toId }) => {
      const run = toQuery(firestore, { collection, fromId, toId, idsOnly: true, limit: LIMIT_MAX });
      return (await run.count().get()).data().count;
    },
    sum: async (collection, fields) => {
      // One query for each field: together they would need an index of both, and leave out documents that lack one.
      const all = firestore.collection(collection);
      return Promise.all(
        fields.map(async (field) => (await all.aggregate({ sum: AggregateField.sum(field) }).get()).data().sum),
      );
    },
  };
}

function addWrite(firestore: Firestore, batch: WriteBatch, write: Write): void {
  if ('create' in write) batch.create(firestore.doc(write.create), toStored(write.fields));
  else if ('update' in write) {
    batch.update(firestore.doc(write.update), toStored(write.fields), { lastUpdateTime: timeOf(write.at) });
  } else if ('merge' in write) batch.set(firestore.doc(write.merge), toStored(write.fields), { merge: true });
  else if ('set' in write) {
    const precondition = { lastUpdateTime: timeOf(write.at) };
    batch.update(firestore.doc(write.set), new FieldPath(...write.path), write.value, precondition);
  } else if ('remove' in write) {
    const [map, key] = write.path;
    // Set, not update: taking a thing out of a document that does not exist is no failure.
    batch.set(firestore.doc(write.remove), { [map]: { [key]: FieldValue.delete() } }, { merge: true });
  } else batch.delete(firestore.doc(write.delete));
}

function toQuery(firestore: Firestore, query: Query): FirestoreQuery {
  const collection = firestore.collection(query.collection);
  const byId = FieldPath.documentId();
  let found: FirestoreQuery = collection;
  for (const [field, operator, value] of query.where ?? []) found = found.where(field, operator, value);
  if (query.orderBy === undefined) {
    if (query.fromId !== undefined) found = found.where(byId, '>=', collection.doc(query.fromId));
    if (query.toId !== undefined) found = found.where(byId, '<=', collection.doc(query.toId));
    if (query.fromId !== undefined || query.toId !== undefined) found = found.orderBy(byId);
  } else {
    const direction = query.orderBy.descending ? 'desc' : 'asc';
    found = found.orderBy(query.orderBy.field, direction).orderBy(byId, direction);
    if (query.after !== undefined) found = found.startAfter(query.after[0], query.after[1]);
  }
  if (query.idsOnly === true) found = found.select();
  if (query.fields !== undefined) found = found.select(...query.fields);
  return found.limit(query.limit);
}

function toDoc(snapshot: DocumentSnapshot): Doc | null {
  if (!snapshot.exists || snapshot.updateTime === undefined) return null;
  return {
    path: pathOf(snapshot.ref),
    version: versionOf(snapshot.updateTime),
    fields: fromStored(snapshot.data()),
  };
}

const pathOf = (ref: DocumentReference): string => ref.path;
const versionOf = (time: Timestamp): string => `${time.seconds}.${time.nanoseconds}`;

function timeOf(version: string): Timestamp {
  const [seconds, nanoseconds] = version.split('.').map(Number);
  return new Timestamp(seconds ?? 0, nanoseconds ?? 0);
}

/** Bytes go as Buffer, which is what the SDK recognises; all else goes as it is. */
function toStored(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value,
    ]),
  );
}

/** Times come as Timestamp; the pipeline reads them nowhere but in TTL fields, as Date. */
function fromStored(data: Record<string, unknown> | undefined): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [
      key,
      value instanceof Timestamp ? value.toDate() : (value as Value),
    ]),
  );
}
