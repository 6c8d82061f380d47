import { RpcError } from './rpcError.ts';

/** Resource names as google/cloud/tasks/v2/queue.proto and task.proto define them. */
const PROJECT = '[A-Za-z0-9.:-]+';
const LOCATION = '[A-Za-z0-9-]+';
const QUEUE_ID = '[A-Za-z0-9-]{1,100}';
const TASK_ID = '[A-Za-z0-9_-]{1,500}';

const LOCATION_NAME = new RegExp(`^projects/${PROJECT}/locations/${LOCATION}$`);
const QUEUE_NAME = new RegExp(`^(projects/${PROJECT}/locations/${LOCATION})/queues/${QUEUE_ID}$`);
const TASK_NAME = new RegExp(`^(projects/${PROJECT}/locations/${LOCATION}/queues/${QUEUE_ID})/tasks/${TASK_ID}$`);

/** Returns the name, or throws INVALID_ARGUMENT when it is no location. */
export function checkLocationName(name: string): string {
  if (LOCATION_NAME.test(name)) return name;
  throw new RpcError(
    'INVALID_ARGUMENT',
    'Location name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>"',
  );
}

/** Returns the name, or throws INVALID_ARGUMENT when it is no queue. */
export function checkQueueName(name: string): string {
  if (QUEUE_NAME.test(name)) return name;
  throw new RpcError(
    'INVALID_ARGUMENT',
    'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>"',
  );
}

/** Returns the name, or throws INVALID_ARGUMENT when it is no task. */
export function checkTaskName(name: string): string {
  if (TASK_NAME.test(name)) return name;
  throw new RpcError(
    'INVALID_ARGUMENT',
    'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>"',
  );
}

/** The task's name, which must lie in the queue that the request names as parent. */
export function checkTaskInQueue(taskName: string, queueName: string): string {
  const owner = queueOfTask(checkTaskName(taskName));
  if (owner === queueName) return taskName;
  throw new RpcError(
    'INVALID_ARGUMENT',
    `The queue name from request ('${queueName}') must be the same as the queue name in the named task ('${owner}').`,
  );
}

/** The queue's name within a well-formed task name. */
export function queueOfTask(taskName: string): string {
  return taskName.slice(0, taskName.lastIndexOf('/tasks/'));
}

/** The location's name within a well-formed queue name. */
export function locationOfQueue(queueName: string): string {
  return queueName.slice(0, queueName.lastIndexOf('/queues/'));
}

/** What the X-CloudTasks headers carry: the last segment of a resource name. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
