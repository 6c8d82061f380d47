import { statusOf, type AttemptResult } from '../core/attempt.ts';
import type { TaskState } from '../core/taskProgress.ts';
import type { TaskRecord } from './taskRecord.ts';

/** What happened in one queue since the simulator started or was reset. */
export interface QueueCounts {
  /** Tasks made. Always the sum of succeeded, exhausted, deleted, purged, expired, scheduled and running. */
  created: number;
  /** Attempts sent, without the copies that faults add. */
  dispatched: number;
  succeeded: number;
  failedAttempts: number;
  exhausted: number;
  deleted: number;
  purged: number;
  /** Older than 31 days and taken away. */
  expired: number;
  /** CreateTask calls refused with ALREADY_EXISTS. */
  duplicatesRefused: number;
  /** CreateTask calls that a fault refused, before or after the task was made. */
  createsRefused: number;
  /** Requests that faults sent besides the attempts. */
  extraDeliveries: number;
}

/** One request to a worker and how it ended; times in ms since the epoch, on the simulator's clock. */
export interface AttemptEntry {
  readonly seq: number;
  readonly queue: string;
  readonly task: string;
  /** 1 is the task's first attempt; a copy has the number of the attempt that it copies. */
  readonly attempt: number;
  readonly delivery: 'attempt' | 'concurrentCopy' | 'duplicate';
  readonly scheduleMs: number;
  readonly dispatchMs: number;
  readonly responseMs: number;
  readonly httpStatus: number | null;
  readonly code: string;
  readonly message: string;
  /** The task's state once this answer was counted; for a copy, the state it found. */
  readonly stateAfter: TaskState;
}

/** What is known of a request when it leaves. */
export interface SentAttempt {
  readonly attempt: number;
  readonly scheduleMs: number;
  readonly dispatchMs: number;
}

export function attemptEntry(
  record: TaskRecord,
  result: AttemptResult,
  sent: SentAttempt,
  delivery: AttemptEntry['delivery'],
  responseMs: number,
): Omit<AttemptEntry, 'seq'> {
  const { code, message } = statusOf(result);
  return {
    queue: record.queueName,
    task: record.name,
    ...sent,
    delivery,
    responseMs,
    httpStatus: result.kind === 'response' ? result.status : null,
    code,
    message,
    stateAfter: record.progress.state,
  };
}

const NO_BODY = Buffer.alloc(0);

export function emptyCounts(): QueueCounts {
  return {
    created: 0,
    dispatched: 0,
    succeeded: 0,
    failedAttempts: 0,
    exhausted: 0,
    deleted: 0,
    purged: 0,
    expired: 0,
    duplicatesRefused: 0,
    createsRefused: 0,
    extraDeliveries: 0,
  };
}

/** A list that keeps the newest `limit` items and says how many it has let go. */
export class BoundedLog<T> {
  readonly #limit: number;
  #items: T[] = [];
  #forgotten = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get forgotten(): number {
    return this.#forgotten + Math.max(0, this.#items.length - this.#limit);
  }

  push(item: T): void {
    this.#items.push(item);
    // Cut in blocks: a shift for each push would move the whole list each time.
    if (this.#items.length >= 2 * this.#limit + 1) {
      this.#forgotten += this.#items.length - this.#limit;
      this.#items = this.#limit === 0 ? [] : this.#items.slice(-this.#limit);
    }
  }

  items(): readonly T[] {
    return this.#items.slice(Math.max(0, this.#items.length - this.#limit));
  }
}

/** What the control face reports: the attempt log and the tasks that are over. */
export class Journal {
  readonly attempts: BoundedLog<AttemptEntry>;
  readonly #finished: BoundedLog<TaskRecord>;
  readonly #exhausted: TaskRecord[] = [];
  #seq = 0;

  /**
   * @param attemptLimit how many attempts are remembered
   * @param finishedLimit how many finished tasks are; exhausted ones are remembered all, since nobody else knows them
   */
  constructor(attemptLimit: number, finishedLimit: number) {
    this.attempts = new BoundedLog(attemptLimit);
    this.#finished = new BoundedLog(finishedLimit);
  }

  logAttempt(entry: Omit<AttemptEntry, 'seq'>): void {
    this.#seq += 1;
    this.attempts.push({ seq: this.#seq, ...entry });
  }

  taskFinished(record: TaskRecord): void {
    if (record.progress.state === 'exhausted') this.#exhausted.push(record);
    // Bodies may be 1 MB each, and nobody asks for those of tasks that went well.
    else this.#finished.push({ ...record, target: { ...record.target, body: NO_BODY } });
  }

  finishedTasks(): readonly TaskRecord[] {
    return [...this.#finished.items(), ...this.#exhausted];
  }
}
