import type { Config } from '../../../functions/src/config.ts';
import type { RangeSignal, TaskName } from '../../../functions/src/contract/signals.ts';
import type { Documents, LogFields, Sender, World } from '../../../functions/src/ports.ts';
import { sendRange } from '../../../functions/src/stages/sendRange.ts';
import { VirtualClock } from '../../../test/memory/clock.ts';
import { MemoryTasks } from '../../../test/memory/taskQueue.ts';
import { runTask, type Task } from '../../../test/memory/tasks.ts';
import { BenchDocuments } from './documents.ts';
import { Instance, Instances } from './instance.ts';

/** FCM's own limit for a project, and how long it takes to answer. */
const FCM_PER_SECOND = 10_000;
const FCM_LATENCY_MS = 50;
/** A round trip to Firestore, Pub/Sub or Cloud Tasks within a region. */
const ROUND_TRIP_MS = 10;
/** From the publication of a range, or the time of a task, to its invocation. */
const DELIVERY_MS = 50;
/** What functions take at once where they do not say: tasks (Cloud Run's default). */
const TASK_CONCURRENCY = 80;
/** 10 am in Seoul. */
const START_MS = Date.UTC(2026, 10, 21, 1);

/** Names of tasks that are remembered: those of one turn, many times over. */
const NAMES_KEPT = 2_000;

export type StageName = TaskName | 'sendRange';

export type Walk = (world: World, signal: RangeSignal, instance: Instance) => Promise<void>;

/**
 * The production platform in one process and on a virtual clock, with the settings of a deployment: instances that share
 * what they have in flight, FCM that takes 10,000 messages a second, services that answer after 10 ms.
 */
export class BenchCloud {
  readonly clock = new VirtualClock(START_MS);
  readonly documents: BenchDocuments;
  readonly world: World;
  readonly senders: Instances;
  /** Of each stage: how often it was called, and how long it took at the most, on the virtual clock. */
  readonly invocations: Partial<Record<StageName, { readonly calls: number; readonly longestMs: number }>> = {};
  /** The largest of what was published and of what tasks carry, in bytes. */
  readonly payloads = { message: 0, task: 0 };
  readonly problems: string[] = [];
  /** Asked before each commit of a stage. */
  onCommit: (stage: StageName) => void = () => undefined;
  /** Walks a range; a measurement may take the place of the stage. */
  walk: Walk = sendRange;
  readonly #config: Config;
  readonly #tasks: Instances;
  readonly #queue = new MemoryTasks(this.clock, {
    onTask: (made, afterMs) => this.#take(made, afterMs),
    namesKept: NAMES_KEPT,
  });
  #fcmFreeAtMs = 0;
  #running = 0;
  #ids = 0;

  constructor(config: Config, members: number) {
    this.#config = config;
    this.documents = new BenchDocuments(members);
    const start = (): Instance => new Instance(this.clock, config.inFlight);
    this.senders = new Instances(start, config.settings.rangesPerInstance);
    this.#tasks = new Instances(start, TASK_CONCURRENCY);
    this.world = this.#worldOf(start(), this.documents);
  }

  /** Does something on the virtual clock, beside all that goes on. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    let isDone = false;
    const done = work().finally(() => (isDone = true));
    await this.clock.runUntil(() => isDone);
    return done;
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Waits until FCM has taken and answered so many messages of one instance. */
  async carry(messages: number, instance: Instance): Promise<void> {
    const nowMs = this.clock.now();
    const { perSecond } = this.#config.inFlight;
    this.#fcmFreeAtMs = Math.max(this.#fcmFreeAtMs, nowMs) + (messages * 1_000) / FCM_PER_SECOND;
    instance.freeAtMs = Math.max(instance.freeAtMs, nowMs) + (messages * 1_000) / perSecond;
    await this.clock.sleep(Math.ceil(Math.max(this.#fcmFreeAtMs, instance.freeAtMs) - nowMs) + FCM_LATENCY_MS);
  }

  #worldOf(instance: Instance, documents: Documents): World {
    const log = (): void => undefined;
    const error = (event: string, fields: LogFields): void =>
      void this.problems.push(`${event} ${JSON.stringify(fields)}`);
    return {
      documents,
      clock: this.clock,
      instanceMs: () => instance.time.ms,
      inFlight: instance.inFlight,
      looks: instance.looks,
      sender: this.#senderOf(instance),
      ranges: { release: async (signals) => this.#release(signals) },
      tasks: {
        enqueue: async (task, payload, options) => {
          await this.clock.sleep(ROUND_TRIP_MS);
          await this.#queue.enqueue(task, payload, options);
        },
      },
      deadLetters: { put: async ({ reason }) => void this.problems.push(reason) },
      random: { id: () => `id-${(this.#ids += 1)}`, fraction: () => 0.5 },
      log: { info: log, warn: log, error },
      settings: this.#config.settings,
    };
  }

  #senderOf(instance: Instance): Sender {
    return {
      send: async (pushes, onResult) => {
        await this.carry(pushes.length, instance);
        for (const index of pushes.keys()) onResult(index, { kind: 'accepted' });
      },
    };
  }

  async #release(signals: readonly RangeSignal[]): Promise<void> {
    await this.clock.sleep(ROUND_TRIP_MS);
    for (const signal of signals) {
      this.payloads.message = Math.max(this.payloads.message, JSON.stringify(signal).length);
      this.#later(DELIVERY_MS, 'sendRange', this.senders, (world, instance) => this.walk(world, signal, instance));
    }
  }

  #take(made: Task, afterMs: number): void {
    this.payloads.task = Math.max(this.payloads.task, JSON.stringify(made.payload).length);
    this.#later(afterMs + DELIVERY_MS, made.task, this.#tasks, (world) => runTask(world, made));
  }

  #later(
    afterMs: number,
    stage: StageName,
    on: Instances,
    handle: (world: World, instance: Instance) => Promise<void>,
  ): void {
    this.#running += 1;
    void (async () => {
      await this.clock.sleep(afterMs);
      const startedAtMs = this.clock.now();
      await on.during((instance) => handle(this.#worldOf(instance, this.#remote(stage)), instance));
      const { calls, longestMs } = this.invocations[stage] ?? { calls: 0, longestMs: 0 };
      const tookMs = this.clock.now() - startedAtMs;
      this.invocations[stage] = { calls: calls + 1, longestMs: Math.max(longestMs, tookMs) };
      this.#running -= 1;
    })().catch((error: unknown) => void this.problems.push(String(error)));
  }

  /** The documents as a stage sees them: each answer takes its time. */
  #remote(stage: StageName): Documents {
    const { documents, clock } = this;
    const away = async <T>(ask: () => Promise<T>): Promise<T> => {
      await clock.sleep(ROUND_TRIP_MS);
      return ask();
    };
    return {
      get: (path) => away(() => documents.get(path)),
      getMany: (paths, fields) => away(() => documents.getMany(paths, fields)),
      query: (query) => away(() => documents.query(query)),
      count: (collection, run) => away(() => documents.count(collection, run)),
      sum: (collection, fields) => away(() => documents.sum(collection, fields)),
      commit: (writes) =>
        away(() => {
          this.onCommit(stage);
          return documents.commit(writes);
        }),
    };
  }
}
