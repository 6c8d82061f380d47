import { statusOf, succeeded, type AttemptResult, type AttemptStatus } from './attempt.ts';
import { backoffMs, isExhausted, type RetryConfig } from './backoff.ts';

/** Where a task stands. The last five are final: nothing leads out of them. */
export type TaskState = 'scheduled' | 'running' | 'succeeded' | 'exhausted' | 'deleted' | 'purged' | 'expired';

export type Withdrawal = 'deleted' | 'purged' | 'expired';

/** google.cloud.tasks.v2.Attempt. */
export interface AttemptTimes {
  readonly scheduleMs: number;
  readonly dispatchMs: number;
  readonly responseMs: number | undefined;
  readonly status: AttemptStatus | undefined;
}

/** All that changes in a task's life, as a value. */
export interface TaskProgress {
  readonly state: TaskState;
  /** When the next attempt is due; while running, when the current one was. */
  readonly scheduleMs: number;
  readonly dispatchCount: number;
  /** Attempts that got an answer. */
  readonly responseCount: number;
  /** Attempts that got an answer other than 5xx: X-CloudTasks-TaskExecutionCount. */
  readonly executionCount: number;
  /** Attempts under way; more than one only after RunTask on a running task. */
  readonly inFlight: number;
  readonly firstDispatchMs: number | undefined;
  readonly lastAttempt: AttemptTimes | undefined;
  /** HTTP status of the last attempt that got an answer. */
  readonly previousStatus: number | undefined;
}

export function scheduled(scheduleMs: number): TaskProgress {
  return {
    state: 'scheduled',
    scheduleMs,
    dispatchCount: 0,
    responseCount: 0,
    executionCount: 0,
    inFlight: 0,
    firstDispatchMs: undefined,
    lastAttempt: undefined,
    previousStatus: undefined,
  };
}

export function isFinal(progress: TaskProgress): boolean {
  return progress.state !== 'scheduled' && progress.state !== 'running';
}

/** An attempt leaves for the worker. */
export function dispatched(progress: TaskProgress, nowMs: number): TaskProgress {
  return {
    ...progress,
    state: 'running',
    dispatchCount: progress.dispatchCount + 1,
    inFlight: progress.inFlight + 1,
    firstDispatchMs: progress.firstDispatchMs ?? nowMs,
    lastAttempt: { scheduleMs: progress.scheduleMs, dispatchMs: nowMs, responseMs: undefined, status: undefined },
  };
}

/**
 * An attempt that left at `dispatchMs` came back.
 *
 * A success ends the task. A failure leads to the next attempt after the backoff, counted from `retryFromMs`, and not
 * before the worker's Retry-After; or to `exhausted`. While another attempt is under way the last one to fail decides.
 */
export function answered(
  progress: TaskProgress,
  result: AttemptResult,
  times: { readonly dispatchMs: number; readonly nowMs: number; readonly retryFromMs: number },
  retry: RetryConfig,
): TaskProgress {
  const counted = withAnswer(progress, result, times.dispatchMs, times.nowMs);
  if (isFinal(progress)) return counted;
  if (succeeded(result)) return { ...counted, state: 'succeeded' };
  if (counted.inFlight > 0) return counted;
  const ageMs = times.nowMs - (progress.firstDispatchMs ?? times.nowMs);
  if (isExhausted(counted.dispatchCount, ageMs, retry)) return { ...counted, state: 'exhausted' };
  const backoffUntilMs = times.retryFromMs + backoffMs(counted.dispatchCount, retry);
  const retryAfterMs = result.kind === 'response' ? (result.retryAfterMs ?? 0) : 0;
  return { ...counted, state: 'scheduled', scheduleMs: Math.max(backoffUntilMs, times.nowMs + retryAfterMs) };
}

/** The task is taken away; an attempt under way is not called back, but its answer changes nothing any more. */
export function withdrawn(progress: TaskProgress, how: Withdrawal): TaskProgress {
  return isFinal(progress) ? progress : { ...progress, state: how };
}

function withAnswer(progress: TaskProgress, result: AttemptResult, dispatchMs: number, nowMs: number): TaskProgress {
  const httpStatus = result.kind === 'response' ? result.status : undefined;
  const scheduleMs = progress.lastAttempt?.scheduleMs ?? progress.scheduleMs;
  return {
    ...progress,
    inFlight: progress.inFlight - 1,
    responseCount: progress.responseCount + (httpStatus === undefined ? 0 : 1),
    executionCount: progress.executionCount + (httpStatus === undefined || httpStatus >= 500 ? 0 : 1),
    lastAttempt: { scheduleMs, dispatchMs, responseMs: nowMs, status: statusOf(result) },
    previousStatus: httpStatus ?? progress.previousStatus,
  };
}
