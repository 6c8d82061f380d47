import type { AttemptTimes, TaskState } from '../core/taskProgress.ts';
import type { TasksEngine } from './engine.ts';
import type { QueueCounts } from './journal.ts';
import type { QueueRunner } from './queueRunner.ts';
import type { TaskRecord } from './taskRecord.ts';

export interface QueueReport {
  readonly state: 'RUNNING' | 'PAUSED' | 'DELETED';
  /** Share of the configured rate in force; below 1 while 429 and 503 slow the queue. */
  readonly throttleFactor: number;
  readonly scheduled: number;
  readonly running: number;
  readonly counts: Readonly<QueueCounts>;
}

export interface TasksReport {
  readonly nowMs: number;
  /** Requests to workers under way, copies included. */
  readonly requestsUnderWay: number;
  /** Attempts that the log no longer holds. */
  readonly attemptsForgotten: number;
  /** By full queue name; a name deleted and made again has the counts of the newest queue. */
  readonly queues: Readonly<Record<string, QueueReport>>;
}

/** A task as the control face shows it; times in ms since the epoch. */
export interface TaskReport {
  readonly name: string;
  readonly queue: string;
  readonly state: TaskState;
  readonly createMs: number;
  readonly scheduleMs: number;
  readonly dispatchCount: number;
  readonly responseCount: number;
  readonly method: string;
  readonly url: string;
  readonly bodyBytes: number;
  readonly lastAttempt: AttemptTimes | null;
}

export interface TaskQuery {
  /** Full queue name. */
  readonly queue?: string | undefined;
  readonly state?: string | undefined;
}

export function tasksReport(engine: TasksEngine): TasksReport {
  const queues: Record<string, QueueReport> = {};
  for (const runner of engine.queues.deleted()) queues[runner.name] = { ...queueReport(runner), state: 'DELETED' };
  for (const runner of engine.queues.live()) queues[runner.name] = queueReport(runner);
  return {
    nowMs: engine.timeline.nowMs(),
    requestsUnderWay: engine.requestsUnderWay,
    attemptsForgotten: engine.journal.attempts.forgotten,
    queues,
  };
}

/** Tasks that are over and tasks that are not, in order of creation. */
export function taskReports(engine: TasksEngine, query: TaskQuery): TaskReport[] {
  const records = [...engine.journal.finishedTasks()];
  for (const runner of engine.queues.live()) records.push(...runner.tasks());
  return records
    .filter((record) => query.queue === undefined || record.queueName === query.queue)
    .filter((record) => query.state === undefined || record.progress.state === query.state)
    .sort((a, b) => a.seq - b.seq)
    .map(taskReport);
}

function queueReport(runner: QueueRunner): QueueReport {
  return {
    state: runner.paused ? 'PAUSED' : 'RUNNING',
    throttleFactor: runner.throttleFactor,
    scheduled: runner.waiting,
    running: runner.running,
    counts: { ...runner.counts },
  };
}

function taskReport(record: TaskRecord): TaskReport {
  const { progress, target } = record;
  return {
    name: record.name,
    queue: record.queueName,
    state: progress.state,
    createMs: record.createMs,
    scheduleMs: progress.scheduleMs,
    dispatchCount: progress.dispatchCount,
    responseCount: progress.responseCount,
    method: target.method,
    url: target.url,
    bodyBytes: record.bodyBytes,
    lastAttempt: progress.lastAttempt ?? null,
  };
}
