import type { Operations } from '../contract/campaign.ts';
import type { World } from '../ports.ts';
import { NO_OPERATIONS } from './records.ts';
import { addOperations } from './totals.ts';

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
 * each document written, each Pub/Sub message, each task made. Sums are billed one read per 1,000 index entries.
 */
export function metered(world: World): Meter {
  let unbilled: Operations = NO_OPERATIONS;
  const add = (field: keyof Operations, n: number): void => {
    unbilled = { ...unbilled, [field]: unbilled[field] + n };
  };
  const { documents, ranges, tasks } = world;
  return {
    unbilled: (writesToCome = 0) => ({ ...unbilled, firestoreWrites: unbilled.firestoreWrites + writesToCome }),
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
          add('firestoreWrites', writes.length);
          return documents.commit(writes);
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
