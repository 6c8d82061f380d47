import { RpcError } from './rpcError.ts';

/** How Cloud Tasks proves to the worker who calls. */
export type TargetAuth =
  | { readonly kind: 'oidc'; readonly serviceAccountEmail: string; readonly audience: string }
  | { readonly kind: 'oauth'; readonly serviceAccountEmail: string; readonly scope: string };

export type HttpMethod = 'POST' | 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS';

/** The request that a task stands for (google.cloud.tasks.v2.HttpRequest). */
export interface HttpTarget {
  readonly url: string;
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly auth: TargetAuth | undefined;
}

/** A task as its creator describes it; undefined stands for a field that was not set. */
export interface TaskDraft {
  readonly name: string | undefined;
  readonly target: HttpTarget;
  readonly scheduleMs: number | undefined;
  readonly dispatchDeadlineMs: number | undefined;
}

/** A draft with its times settled. */
export interface CheckedDraft extends TaskDraft {
  readonly scheduleMs: number;
  readonly dispatchDeadlineMs: number;
}

/** Limits from cloud.google.com/tasks/docs/quotas and the field comments of target.proto and task.proto. */
const TASK_LIMITS = {
  maxTaskBytes: 1_048_576,
  maxHeaderBytes: 80 * 1024,
  maxUrlChars: 2083,
  maxScheduleAheadMs: 720 * 3_600_000,
  minDispatchDeadlineMs: 15_000,
  maxDispatchDeadlineMs: 1_800_000,
  defaultDispatchDeadlineMs: 600_000,
} as const;

const METHODS_WITH_BODY: readonly HttpMethod[] = ['POST', 'PUT', 'PATCH'];

/**
 * Settles the draft's times at `nowMs`: a missing or past schedule time becomes now, a missing deadline 10 minutes.
 * Throws INVALID_ARGUMENT for everything that production refuses.
 */
export function checkDraft(draft: TaskDraft, nowMs: number): CheckedDraft {
  checkTarget(draft.target);
  refuseIf(taskBytes(draft) > TASK_LIMITS.maxTaskBytes, 'Task size too large');
  return {
    ...draft,
    scheduleMs: checkSchedule(draft.scheduleMs, nowMs),
    dispatchDeadlineMs: checkDeadline(draft.dispatchDeadlineMs),
  };
}

function checkTarget(target: HttpTarget): void {
  refuseIf(!/^https?:\/\//.test(target.url), 'HttpRequest.url must begin with "http://" or "https://".');
  refuseIf(!URL.canParse(target.url), 'HttpRequest.url is not a valid URL.');
  refuseIf(
    new URL(target.url).href.length > TASK_LIMITS.maxUrlChars,
    `HttpRequest.url must not be longer than ${TASK_LIMITS.maxUrlChars} characters.`,
  );
  refuseIf(
    target.body.length > 0 && !METHODS_WITH_BODY.includes(target.method),
    `HttpRequest.body is not allowed when HttpRequest.httpMethod is ${target.method}.`,
  );
  refuseIf(headerBytes(target.headers) >= TASK_LIMITS.maxHeaderBytes, 'HttpRequest.headers must be less than 80KB.');
  for (const [name, value] of Object.entries(target.headers)) {
    // What node:http would throw on later has to be refused while somebody is there to read it.
    const valid = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
    refuseIf(!valid, `HttpRequest.headers contains an invalid header: ${JSON.stringify(name)}.`);
  }
  refuseIf(target.auth?.serviceAccountEmail === '', 'HttpRequest authorization must name a service account email.');
}

function checkSchedule(scheduleMs: number | undefined, nowMs: number): number {
  if (scheduleMs === undefined) return nowMs;
  refuseIf(
    scheduleMs > nowMs + TASK_LIMITS.maxScheduleAheadMs,
    `The Task.scheduleTime, ${isoTime(scheduleMs)}, is too far in the future. ` +
      'Schedule time must be no more than 720h in the future.',
  );
  return Math.max(scheduleMs, nowMs);
}

function checkDeadline(deadlineMs: number | undefined): number {
  if (deadlineMs === undefined) return TASK_LIMITS.defaultDispatchDeadlineMs;
  refuseIf(
    deadlineMs < TASK_LIMITS.minDispatchDeadlineMs || deadlineMs > TASK_LIMITS.maxDispatchDeadlineMs,
    `The Task.dispatchDeadline, ${deadlineMs / 1000}s, must be between 15s and 30m for HTTP tasks.`,
  );
  return Math.trunc(deadlineMs);
}

function taskBytes(draft: TaskDraft): number {
  const name = Buffer.byteLength(draft.name ?? '');
  const { url, headers, body } = draft.target;
  return name + Buffer.byteLength(url) + headerBytes(headers) + body.length;
}

function headerBytes(headers: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  return bytes;
}

function isoTime(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? `${ms}ms after the epoch` : time.toISOString();
}

function refuseIf(bad: boolean, message: string): void {
  if (bad) throw new RpcError('INVALID_ARGUMENT', message);
}
