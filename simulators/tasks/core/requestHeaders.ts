import { retryReason } from './attempt.ts';
import { queueOfTask, shortName } from './names.ts';
import type { HttpTarget } from './task.ts';
import type { TaskProgress } from './taskProgress.ts';

// target.proto: ignored or replaced. The hop-by-hop ones belong to the connection, which is the dispatcher's.
const REPLACED = /^(host|content-length|user-agent|connection|keep-alive|transfer-encoding|upgrade|te|trailer)$/i;
const RESERVED = /^x-(google|appengine|cloudtasks)-/i;

/**
 * The headers of the attempt that is about to leave.
 *
 * @param before the task's progress before this attempt is counted
 * @param authorization replaces the task's own Authorization header, when there is one
 */
export function requestHeaders(
  taskName: string,
  target: HttpTarget,
  before: TaskProgress,
  authorization: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(target.headers)) {
    const overridden = authorization !== undefined && name.toLowerCase() === 'authorization';
    if (!REPLACED.test(name) && !RESERVED.test(name) && !overridden) headers[name] = value;
  }
  if (authorization !== undefined) headers['Authorization'] = authorization;
  headers['User-Agent'] = 'Google-Cloud-Tasks';
  headers['X-CloudTasks-QueueName'] = shortName(queueOfTask(taskName));
  headers['X-CloudTasks-TaskName'] = shortName(taskName);
  headers['X-CloudTasks-TaskRetryCount'] = String(before.dispatchCount);
  headers['X-CloudTasks-TaskExecutionCount'] = String(before.executionCount);
  headers['X-CloudTasks-TaskETA'] = (before.scheduleMs / 1000).toFixed(6);
  if (before.dispatchCount > 0) Object.assign(headers, retryHeaders(before));
  return headers;
}

function retryHeaders(before: TaskProgress): Record<string, string> {
  const headers: Record<string, string> = {};
  if (before.previousStatus !== undefined) {
    headers['X-CloudTasks-TaskPreviousResponse'] = String(before.previousStatus);
  }
  const status = before.lastAttempt?.status;
  // A header takes no line breaks, and a system's error text may hold any.
  if (status !== undefined) headers['X-CloudTasks-TaskRetryReason'] = retryReason(status).replace(/[^\x20-\x7e]/g, ' ');
  return headers;
}
