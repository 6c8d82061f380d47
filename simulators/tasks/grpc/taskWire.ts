import { RPC_CODE, RpcError } from '../core/rpcError.ts';
import type { HttpMethod, HttpTarget, TargetAuth, TaskDraft } from '../core/task.ts';
import type { AttemptTimes } from '../core/taskProgress.ts';
import type { TaskRecord } from '../engine/taskRecord.ts';
import { msOf, wireTime } from './wireTime.ts';
import type { WireAttempt, WireHttpRequest, WireTask } from './wireTypes.ts';

const METHODS: readonly string[] = ['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

const DEFAULT_OAUTH_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Reads a task to be made. Throws UNIMPLEMENTED for App Engine tasks, INVALID_ARGUMENT for one without a request. */
export function draftOfWire(task: WireTask | null): TaskDraft {
  if (task === null) throw new RpcError('INVALID_ARGUMENT', 'Task is required.');
  if (task.appEngineHttpRequest) {
    throw new RpcError('UNIMPLEMENTED', 'This simulator dispatches HTTP tasks only: set Task.httpRequest.');
  }
  if (!task.httpRequest) throw new RpcError('INVALID_ARGUMENT', 'Task.message_type is required.');
  return {
    name: task.name === '' ? undefined : task.name,
    target: targetOfWire(task.httpRequest),
    scheduleMs: msOf(task.scheduleTime),
    dispatchDeadlineMs: msOf(task.dispatchDeadline),
  };
}

/** The task as an answer shows it; only the FULL view has the body. */
export function wireTask(record: TaskRecord, view: string): WireTask {
  const { progress, target } = record;
  const full = view === 'FULL';
  return {
    name: record.name,
    httpRequest: wireHttpRequest(target, full),
    scheduleTime: wireTime(progress.scheduleMs),
    createTime: wireTime(Math.trunc(record.createMs / 1000) * 1000),
    dispatchDeadline: wireTime(record.dispatchDeadlineMs),
    dispatchCount: progress.dispatchCount,
    responseCount: progress.responseCount,
    firstAttempt: progress.firstDispatchMs === undefined ? null : { dispatchTime: wireTime(progress.firstDispatchMs) },
    lastAttempt: progress.lastAttempt === undefined ? null : wireAttempt(progress.lastAttempt),
    view: full ? 'FULL' : 'BASIC',
  };
}

function targetOfWire(request: WireHttpRequest): HttpTarget {
  return {
    url: request.url,
    method: METHODS.includes(request.httpMethod) ? (request.httpMethod as HttpMethod) : 'POST',
    headers: { ...request.headers },
    body: Buffer.from(request.body),
    auth: authOfWire(request),
  };
}

function authOfWire(request: WireHttpRequest): TargetAuth | undefined {
  if (request.oidcToken) {
    const { serviceAccountEmail, audience } = request.oidcToken;
    return { kind: 'oidc', serviceAccountEmail, audience };
  }
  if (request.oauthToken) {
    const { serviceAccountEmail, scope } = request.oauthToken;
    return { kind: 'oauth', serviceAccountEmail, scope: scope === '' ? DEFAULT_OAUTH_SCOPE : scope };
  }
  return undefined;
}

function wireHttpRequest(target: HttpTarget, full: boolean): WireHttpRequest {
  const request = {
    url: target.url,
    httpMethod: target.method,
    headers: { ...target.headers },
    body: full ? target.body : Buffer.alloc(0),
  };
  if (target.auth === undefined) return request;
  const { kind, ...token } = target.auth;
  return { ...request, [kind === 'oidc' ? 'oidcToken' : 'oauthToken']: token };
}

function wireAttempt(attempt: AttemptTimes): WireAttempt {
  const { responseMs, status } = attempt;
  return {
    scheduleTime: wireTime(attempt.scheduleMs),
    dispatchTime: wireTime(attempt.dispatchMs),
    responseTime: responseMs === undefined ? null : wireTime(responseMs),
    responseStatus: status === undefined ? null : { code: RPC_CODE[status.code], message: status.message },
  };
}
