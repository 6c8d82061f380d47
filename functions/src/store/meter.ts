import type { Operations } from '../contract/operations.ts';
import type { World, Write } from '../ports.ts';
import { NO_OPERATIONS, addOperations } from './totals.ts';

/** Index entries that a count is billed one read for (https://firebase.google.com/docs/firestore/pricing). */
const ENTRIES_PER_READ = 1_000;

/** One invocation's account with the paid services. */
export interface Meter {
  readonly world: World;
  /** What was spent and is not yet written to any total, with the writes of the commit that will write it. */
  unbilled(writesToCome?: number): Operations;
  /** Notes that so much is written down. */
  bill(operations: Operations): void;
}

/**
 * A world that counts what it asks of the paid services, as they bill it: each document read (a query at least one),
 * each document written or deleted, each Pub/Sub message, each task made, and the time of the instance. A document with a
 * TTL is counted as deleted when it is made. A sum is counted as one read, and billed one per 1,000 index entries.
 */
export function metered(world: World): Meter {
  let unbilled: Operations = NO_OPERATIONS;
  const startMs = world.instanceMs();
  const add = (field: keyof Operations, n: number): void => {
    unbilled = { ...unbilled, [field]: unbilled[field] + n };
  };
  const { documents, ranges, tasks } = world;
  return {
    unbilled: (writesToCome = 0) => ({
      ...unbilled,
      firestoreWrites: unbilled.firestoreWrites + writesToCome,
      // What was billed of it stands there already, below zero.
      instanceMs: Math.max(0, Math.round(world.instanceMs() - startMs) + unbilled.instanceMs),
    }),
    bill: (operations) => {
      unbilled = addOperations(unbilled, operations, -1);
    },
    world: {
      ...world,
      documents: {
        get: async (path) => {
          add('firestoreReads', 1);
          return documents.get(path);
        },
        getMany: async (paths, fields) => {
          add('firestoreReads', paths.length);
          return documents.getMany(paths, fields);
        },
        query: async (query) => {
          const docs = await documents.query(query);
          add('firestoreReads', Math.max(1, docs.length));
          return docs;
        },
        commit: async (writes) => {
          const deletes = writes.filter((write) => 'delete' in write).length;
          add('firestoreWrites', writes.length - deletes);
          add('firestoreDeletes', deletes + writes.filter(makesMortal).length);
          return documents.commit(writes);
        },
        count: async (collection, run) => {
          const found = await documents.count(collection, run);
          add('firestoreReads', Math.max(1, Math.ceil(found / ENTRIES_PER_READ)));
          return found;
        },
        sum: async (collection, fields) => {
          add('firestoreReads', fields.length);
          return documents.sum(collection, fields);
        },
      },
      ranges: {
        release: async (signals) => {
          add('pubsubMessages', signals.length);
          await ranges.release(signals);
        },
      },
      tasks: {
        enqueue: async (task, payload, options) => {
          add('taskOperations', 1);
          await tasks.enqueue(task, payload, options);
        },
      },
    },
  };
}

/** Does it make a document that its TTL deletes one day? */
function makesMortal(write: Write): boolean {
  return ('create' in write || 'merge' in write) && 'expireAt' in write.fields;
}
