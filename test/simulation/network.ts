import { WriteConflict, type Doc, type Documents, type RangeTopic, type TaskQueue } from '../../functions/src/ports.ts';
import type { VirtualClock } from '../memory/clock.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { History } from './history.ts';

const NEVER = new Promise<never>(() => undefined);

/** gRPC statuses as the SDKs throw them. */
class ServiceError extends Error {
  override readonly name = 'ServiceError';
}

/** What one invocation has between itself and the services. */
export interface Line {
  readonly name: string;
  readonly clock: VirtualClock;
  /** What the clock of the invocation's machine shows. */
  readonly ownNow: () => number;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly history: History;
  /** A request of an invocation that has died may still be under way, or may not. */
  readonly isAlive: () => boolean;
  /** Resolves while the invocation's process runs. */
  readonly awake: () => Promise<void>;
  /** Told every document that the invocation reads. */
  readonly onRead: (doc: Doc) => void;
  /** Told when the invocation could not read. */
  readonly onReadFailed: () => void;
}

/** Firestore as one invocation sees it: answers take their time, and some lie. */
export function remoteDocuments(real: Documents, line: Line): Documents {
  const read = async <T>(what: string, which: () => string, ask: () => Promise<T>): Promise<T> => {
    await underWay(line);
    if (line.faults.strikes('firestore.read-unavailable')) {
      line.onReadFailed();
      throw failed(line, `${what} ${which()}`, 'UNAVAILABLE');
    }
    const answer = await ask();
    line.history.note(line.name, what, which);
    return answer;
  };
  const readDocs = async (what: string, which: () => string, ask: () => Promise<(Doc | null)[]>) => {
    const docs = await read(what, which, ask);
    for (const doc of docs) if (doc !== null) line.onRead(doc);
    return docs;
  };
  return {
    get: async (path) => {
      const [doc = null] = await readDocs(
        'get',
        () => path,
        async () => [await real.get(path)],
      );
      return doc;
    },
    getMany: (paths, fields) =>
      readDocs(
        'getMany',
        () => paths.join(' '),
        () => real.getMany(paths, fields),
      ),
    query: (query) =>
      readDocs(
        'query',
        () => query.collection,
        () => real.query(query),
      ) as Promise<Doc[]>,
    count: (collection, run) =>
      read(
        'count',
        () => collection,
        () => real.count(collection, run),
      ),
    sum: (collection, fields) =>
      read(
        'sum',
        () => collection,
        () => real.sum(collection, fields),
      ),
    commit: async (writes) => {
      const what = (): string => `commit ${writes.map((write) => Object.values(write)[0] as string).join(' ')}`;
      await underWay(line);
      const fault = line.faults.first([
        'firestore.conflict',
        'firestore.unavailable',
        'firestore.deadline-exceeded',
        'firestore.conflict-applied',
        'firestore.unavailable-applied',
        'firestore.deadline-exceeded-applied',
      ]);
      if (fault === 'firestore.conflict') throw conflict(line, what(), 'not applied');
      if (fault === 'firestore.unavailable') throw failed(line, what(), 'UNAVAILABLE');
      if (fault === 'firestore.deadline-exceeded') throw failed(line, what(), 'DEADLINE_EXCEEDED');
      const versions = await real.commit(writes);
      // The SDK repeats a commit that was UNAVAILABLE; one that came through is then in its own way.
      if (fault === 'firestore.conflict-applied') throw conflict(line, what(), 'applied');
      if (fault !== null) throw failed(line, what(), fault);
      line.history.note(line.name, 'commit', () => what().slice('commit '.length));
      return versions;
    },
  };
}

/** Pub/Sub as one invocation sees it. */
export function remoteRanges(real: RangeTopic, line: Line): RangeTopic {
  return {
    release: async (signals) => {
      if (signals.length === 0) return;
      await underWay(line);
      const fault = line.faults.first(['publish.failed', 'publish.half-failed']);
      if (fault === 'publish.failed') throw failed(line, 'release', 'UNAVAILABLE');
      const published = fault === null ? signals : signals.slice(0, line.chance.whole(1, signals.length));
      line.history.note(line.name, 'release', () => published.map(({ range }) => range).join(' '));
      await real.release(published);
      if (fault !== null) throw failed(line, 'release', `only ${published.length} of ${signals.length} came through`);
    },
  };
}

/** Cloud Tasks as one invocation sees it. */
export function remoteTasks(real: TaskQueue, line: Line): TaskQueue {
  return {
    enqueue: async (task, payload, options) => {
      await underWay(line);
      const fault = line.faults.first(['enqueue.failed', 'enqueue.failed-applied']);
      if (fault === 'enqueue.failed') throw failed(line, `enqueue ${task}`, 'UNAVAILABLE');
      line.history.note(line.name, `enqueue ${task}`, () => JSON.stringify(payload));
      await real.enqueue(task, payload, options);
      if (fault !== null) throw failed(line, `enqueue ${task}`, 'UNAVAILABLE, though applied');
    },
  };
}

function underWay({ clock, chance, isAlive }: Line): Promise<void> {
  return clock.sleep(1 + chance.delayMs(200)).then(() => (!isAlive() && chance.happens(0.5) ? NEVER : undefined));
}

function failed({ history, name }: Line, what: string, how: string): ServiceError {
  history.note(name, what, () => `FAILS: ${how}`);
  return new ServiceError(how);
}

function conflict({ history, name }: Line, what: string, how: string): WriteConflict {
  history.note(name, what, () => `CONFLICT, ${how}`);
  return new WriteConflict(how);
}
