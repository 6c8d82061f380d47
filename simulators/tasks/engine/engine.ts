import { randomBytes } from 'node:crypto';
import { FaultTable } from '../core/faultTable.ts';
import { checkTaskInQueue, checkTaskName, queueOfTask } from '../core/names.ts';
import { requestHeaders } from '../core/requestHeaders.ts';
import { RpcError } from '../core/rpcError.ts';
import { checkDraft, type TaskDraft } from '../core/task.ts';
import { scheduled } from '../core/taskProgress.ts';
import { Tombstones } from '../core/tombstones.ts';
import { Activity } from './activity.ts';
import { Courier } from './courier.ts';
import { HttpSender, type WorkerRequest } from './httpSender.ts';
import { Journal } from './journal.ts';
import type { EngineOptions } from './options.ts';
import { QueueRegistry } from './queueRegistry.ts';
import type { QueueRunner } from './queueRunner.ts';
import type { TaskRecord } from './taskRecord.ts';
import { Timeline } from './timeline.ts';
import { TokenMinter } from './tokens.ts';

/** Cloud Tasks without its network faces: queues, tasks, time and faults. */
export class TasksEngine {
  readonly timeline: Timeline;
  readonly tokens = new TokenMinter();
  readonly #options: EngineOptions;
  readonly #activity = new Activity();
  readonly #sender: HttpSender;
  readonly #courier: Courier;
  #world: World;
  #seq = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.timeline = new Timeline(options.clock, options.startMs);
    this.#sender = new HttpSender(() => this.timeline.nowMs());
    this.#courier = new Courier(this.timeline, this.#sender, this.#activity);
    this.#world = this.#emptyWorld();
  }

  get queues(): QueueRegistry {
    return this.#world.queues;
  }

  get faults(): FaultTable {
    return this.#world.faults;
  }

  get journal(): Journal {
    return this.#world.journal;
  }

  /** Requests to workers under way, copies included. */
  get requestsUnderWay(): number {
    return this.#activity.underWay;
  }

  /**
   * Makes a task.
   *
   * Throws NOT_FOUND for an unknown queue, INVALID_ARGUMENT for a bad draft, ALREADY_EXISTS for a name in use or used
   * too recently, and what a `refuseCreate` fault says, before or after the task was made.
   */
  createTask(queueName: string, draft: TaskDraft): TaskRecord {
    const runner = this.queues.forNewTask(queueName);
    const nowMs = this.timeline.nowMs();
    const checked = checkDraft(draft, nowMs);
    const name = draft.name === undefined ? undefined : checkTaskInQueue(draft.name, queueName);
    const refusal = this.faults.refuseCreate(queueName, name);
    if (refusal !== undefined) runner.counts.createsRefused += 1;
    if (refusal?.when === 'before') throw new RpcError(refusal.code, 'Simulated: refused before the task was made');
    if (name !== undefined) this.#refuseDuplicate(runner, name, nowMs);
    this.#seq += 1;
    const record: TaskRecord = {
      name: name ?? `${queueName}/tasks/${generatedId()}`,
      queueName,
      seq: this.#seq,
      createMs: nowMs,
      target: checked.target,
      bodyBytes: checked.target.body.length,
      dispatchDeadlineMs: checked.dispatchDeadlineMs,
      progress: scheduled(checked.scheduleMs),
      place: undefined,
    };
    runner.add(record);
    if (refusal !== undefined) throw new RpcError(refusal.code, 'Simulated: the task was made, the answer is lost');
    return record;
  }

  /** A task that is scheduled or running. Throws NOT_FOUND for any other. */
  task(name: string): { readonly runner: QueueRunner; readonly record: TaskRecord } {
    const runner = this.queues.get(queueOfTask(checkTaskName(name)));
    const record = runner.task(name);
    if (record !== undefined) return { runner, record };
    const recent = this.#world.taskTombstones.holds(name, this.timeline.nowMs());
    throw new RpcError(
      'NOT_FOUND',
      recent
        ? 'The task no longer exists, though a task with this name existed recently. ' +
            'The task either successfully completed or was deleted.'
        : 'Requested entity was not found.',
    );
  }

  /**
   * Moves the clock ahead and sends what falls due on the way, waiting at each stop for the workers' answers.
   *
   * @param settleMs real time that may be spent on waiting altogether; 0 moves on without
   * @returns whether all requests had been answered at every stop
   */
  async advanceTo(targetMs: number, settleMs: number): Promise<boolean> {
    const untilMs = performance.now() + settleMs;
    let settled = true;
    await this.timeline.advanceTo(targetMs, async () => {
      const idle = await this.#activity.idle(untilMs - performance.now());
      settled &&= idle;
    });
    return settled;
  }

  /** Forgets every queue, task, count and fault, and cuts off the requests under way. The clock stays. */
  reset(): void {
    this.#stopWorld();
    this.#world = this.#emptyWorld();
  }

  close(): void {
    this.#stopWorld();
    this.timeline.close();
    this.#sender.close();
  }

  #stopWorld(): void {
    this.queues.close();
    this.#courier.abortAll();
  }

  #refuseDuplicate(runner: QueueRunner, name: string, nowMs: number): void {
    const exists = runner.task(name) !== undefined;
    if (!exists && !this.#world.taskTombstones.holds(name, nowMs)) return;
    runner.counts.duplicatesRefused += 1;
    throw new RpcError(
      'ALREADY_EXISTS',
      exists
        ? 'Requested entity already exists'
        : 'The task cannot be created because a task with this name existed too recently. ' +
            'For more information about task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/v2/' +
            'projects.locations.queues.tasks/create#body.request_body.FIELDS.task.',
    );
  }

  #requestFor(record: TaskRecord): WorkerRequest {
    const { target, progress } = record;
    const authorization = this.tokens.authorization(target, this.timeline.nowMs());
    const headers = requestHeaders(record.name, target, progress, authorization);
    return { url: target.url, method: target.method, headers, body: target.body };
  }

  #emptyWorld(): World {
    const options = this.#options;
    const faults = new FaultTable(options.faultSeed);
    const journal = new Journal(options.attemptLogLimit, options.finishedTaskLimit);
    const taskTombstones = new Tombstones(options.dedupWindowMs);
    const queues = new QueueRegistry(
      {
        timeline: this.timeline,
        courier: this.#courier,
        faults,
        journal,
        retentionMs: options.retentionMs,
        systemThrottling: options.systemThrottling,
        requestFor: (record) => this.#requestFor(record),
        retired: (record) => taskTombstones.bury(record.name, this.timeline.nowMs()),
      },
      { autoCreate: options.autoCreateQueues, recreationMs: options.queueRecreationMs },
    );
    return { faults, journal, taskTombstones, queues };
  }
}

/** What a reset replaces. */
interface World {
  readonly faults: FaultTable;
  readonly journal: Journal;
  readonly taskTombstones: Tombstones;
  readonly queues: QueueRegistry;
}

/** Like production's: a long decimal number. */
function generatedId(): string {
  return (randomBytes(8).readBigUInt64BE() | (1n << 63n)).toString();
}
