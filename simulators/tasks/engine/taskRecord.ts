import type { HttpTarget } from '../core/task.ts';
import type { DispatchPlan } from '../core/faultTable.ts';
import type { TaskProgress } from '../core/taskProgress.ts';

/** A place in a queue's line. A record leaves its place by forgetting it; the place is then stale. */
export interface Place {
  readonly record: TaskRecord;
  readonly dueMs: number;
  /** What faults make of this attempt; undefined until it first falls due. */
  readonly plan: DispatchPlan | undefined;
}

/** One task: what it was made with, and how far it has come. */
export interface TaskRecord {
  readonly name: string;
  readonly queueName: string;
  /** Order of creation over all queues. */
  readonly seq: number;
  readonly createMs: number;
  readonly target: HttpTarget;
  /** Size of the body as it was made; the report of a finished task no longer holds the body itself. */
  readonly bodyBytes: number;
  readonly dispatchDeadlineMs: number;
  progress: TaskProgress;
  place: Place | undefined;
}
