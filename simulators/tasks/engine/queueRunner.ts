import { succeeded, type AttemptResult } from '../core/attempt.ts';
import { PLAIN_DISPATCH, type DispatchPlan, type FaultTable } from '../core/faultTable.ts';
import type { QueueConfig } from '../core/queueConfig.ts';
import { answered, dispatched, isFinal, withdrawn, type Withdrawal } from '../core/taskProgress.ts';
import {
  attemptEntry,
  emptyCounts,
  type AttemptEntry,
  type Journal,
  type QueueCounts,
  type SentAttempt,
} from './journal.ts';
import type { Courier } from './courier.ts';
import type { WorkerRequest } from './httpSender.ts';
import { QueueGate } from './queueGate.ts';
import { QueueLine } from './queueLine.ts';
import type { TaskRecord } from './taskRecord.ts';
import type { Timeline } from './timeline.ts';

/** What a queue needs from the rest of the simulator. */
export interface QueueWorld {
  readonly timeline: Timeline;
  readonly courier: Courier;
  readonly faults: FaultTable;
  readonly journal: Journal;
  /** How long a task may live, 31 days in production. */
  readonly retentionMs: number;
  readonly systemThrottling: boolean;
  readonly requestFor: (record: TaskRecord) => WorkerRequest;
  /** Called once for each task, when it is over. */
  readonly retired: (record: TaskRecord) => void;
}

/** One queue at work: which task goes next, when, and what its answer leads to. */
export class QueueRunner {
  readonly name: string;
  readonly counts: QueueCounts = emptyCounts();
  purgeMs: number | undefined;
  readonly #world: QueueWorld;
  readonly #gate: QueueGate;
  readonly #line = new QueueLine();
  /** In order of creation. */
  readonly #tasks = new Map<string, TaskRecord>();
  #config: QueueConfig;
  #paused = false;
  #closed = false;
  #wake: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(name: string, config: QueueConfig, world: QueueWorld) {
    this.name = name;
    this.#config = config;
    this.#world = world;
    this.#gate = new QueueGate(config.rateLimits, world.timeline.nowMs());
  }

  get config(): QueueConfig {
    return this.#config;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Share of the configured rate in force, below 1 while the worker is overloaded. */
  get throttleFactor(): number {
    return this.#gate.factor;
  }

  get waiting(): number {
    return this.#line.waiting;
  }

  get running(): number {
    return this.#tasks.size - this.#line.waiting;
  }

  configure(config: QueueConfig): void {
    this.#config = config;
    this.#gate.setLimits(config.rateLimits, this.#world.timeline.nowMs());
    this.#pump();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#pump();
  }

  task(name: string): TaskRecord | undefined {
    return this.#tasks.get(name);
  }

  tasks(): Iterable<TaskRecord> {
    return this.#tasks.values();
  }

  add(record: TaskRecord): void {
    this.#tasks.set(record.name, record);
    this.counts.created += 1;
    this.#line.enter(record, record.progress.scheduleMs, undefined);
    // Not at once: CreateTask answers before the task leaves, and many created in one turn are looked at together.
    this.#wakeAt(record.progress.scheduleMs);
    this.#wakeAt(record.createMs + this.#world.retentionMs);
  }

  /** Takes the task away; an attempt under way goes on, but its answer changes nothing. */
  withdraw(record: TaskRecord, how: Withdrawal): void {
    record.progress = withdrawn(record.progress, how);
    this.counts[how] += 1;
    this.#retire(record);
  }

  purge(): void {
    this.purgeMs = this.#world.timeline.nowMs();
    for (const record of this.#tasks.values()) this.withdraw(record, 'purged');
  }

  /** Sends the task at once, whatever the queue's state and limits say and even while it is running. */
  runNow(record: TaskRecord): void {
    this.#gate.enter();
    this.#dispatch(record, PLAIN_DISPATCH, true);
  }

  /** Nothing more is sent, and no answer counts. */
  close(): void {
    this.#closed = true;
    this.#wake?.cancel();
  }

  #pump(): void {
    if (this.#closed) return;
    const nowMs = this.#world.timeline.nowMs();
    const oldestDiesMs = this.#expireOld(nowMs);
    const nextMs = this.#dispatchDue(nowMs);
    this.#wakeAt(Math.min(oldestDiesMs, nextMs));
  }

  /** Sends what is due and allowed; returns when to look again, Infinity when only an answer or a call can help. */
  #dispatchDue(nowMs: number): number {
    while (!this.#paused) {
      const place = this.#line.head();
      if (place === undefined) return Infinity;
      if (place.dueMs > nowMs) return place.dueMs;
      const { record } = place;
      const plan = place.plan ?? this.#world.faults.planDispatch(this.name, record.name);
      if (place.plan === undefined) {
        this.#line.enter(record, plan.holdMs > 0 ? nowMs + plan.holdMs : place.dueMs, plan);
        continue;
      }
      const opensMs = this.#gate.tryEnter(nowMs);
      if (opensMs !== undefined) return opensMs;
      this.#dispatch(record, plan, false);
    }
    return Infinity;
  }

  #dispatch(record: TaskRecord, plan: DispatchPlan, forced: boolean): void {
    const dispatchMs = this.#world.timeline.nowMs();
    const request = this.#world.requestFor(record);
    this.#line.leave(record);
    const { scheduleMs } = record.progress;
    record.progress = dispatched(record.progress, dispatchMs);
    this.counts.dispatched += 1;
    const sent = { attempt: record.progress.dispatchCount, scheduleMs, dispatchMs };
    this.#world.courier.deliver(request, record.dispatchDeadlineMs, (result) => {
      const counted: AttemptResult = plan.loseAnswer ? { kind: 'unreachable', reason: 'the answer was lost' } : result;
      this.#gate.leave();
      this.#settle(record, counted, sent, forced);
      if (plan.repeatAfterMs !== undefined) this.#repeatLater(record, request, sent, plan.repeatAfterMs);
      this.#pump();
    });
    for (let copy = 1; copy < plan.copies; copy += 1) this.#sendExtra(record, request, sent, 'concurrentCopy');
  }

  #settle(record: TaskRecord, result: AttemptResult, sent: SentAttempt, forced: boolean): void {
    const nowMs = this.#world.timeline.nowMs();
    const wasFinal = isFinal(record.progress);
    const times = { dispatchMs: sent.dispatchMs, nowMs, retryFromMs: forced ? sent.dispatchMs : nowMs };
    record.progress = answered(record.progress, result, times, this.#config.retry);
    if (!succeeded(result)) this.counts.failedAttempts += 1;
    if (this.#world.systemThrottling) this.#gate.answered(result, nowMs);
    this.#log(record, result, sent, 'attempt');
    const { state } = record.progress;
    if (state === 'scheduled') this.#line.enter(record, record.progress.scheduleMs, undefined);
    if (!wasFinal && (state === 'succeeded' || state === 'exhausted')) {
      this.counts[state] += 1;
      this.#retire(record);
    }
  }

  #repeatLater(record: TaskRecord, request: WorkerRequest, sent: SentAttempt, afterMs: number): void {
    this.#world.timeline.at(this.#world.timeline.nowMs() + afterMs, () => {
      if (!this.#closed) this.#sendExtra(record, request, sent, 'duplicate');
    });
  }

  #sendExtra(
    record: TaskRecord,
    request: WorkerRequest,
    original: SentAttempt,
    delivery: AttemptEntry['delivery'],
  ): void {
    const sent = { ...original, dispatchMs: this.#world.timeline.nowMs() };
    this.counts.extraDeliveries += 1;
    this.#world.courier.deliver(request, record.dispatchDeadlineMs, (result) => {
      this.#log(record, result, sent, delivery);
    });
  }

  #log(record: TaskRecord, result: AttemptResult, sent: SentAttempt, delivery: AttemptEntry['delivery']): void {
    this.#world.journal.logAttempt(attemptEntry(record, result, sent, delivery, this.#world.timeline.nowMs()));
  }

  #retire(record: TaskRecord): void {
    this.#tasks.delete(record.name);
    this.#line.leave(record);
    this.#world.journal.taskFinished(record);
    this.#world.retired(record);
  }

  /** Takes away tasks that are too old; returns when the oldest of the rest will be. */
  #expireOld(nowMs: number): number {
    for (const record of this.#tasks.values()) {
      const diesMs = record.createMs + this.#world.retentionMs;
      if (diesMs > nowMs) return diesMs;
      this.withdraw(record, 'expired');
    }
    return Infinity;
  }

  #wakeAt(atMs: number): void {
    // A wake that comes too early costs one look; making a new one for each call would cost a timer each.
    if (atMs === Infinity || (this.#wake !== undefined && this.#wake.atMs <= atMs)) return;
    this.#wake?.cancel();
    const cancel = this.#world.timeline.at(atMs, () => {
      this.#wake = undefined;
      this.#pump();
    });
    this.#wake = { atMs, cancel };
  }
}
