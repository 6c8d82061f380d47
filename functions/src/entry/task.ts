import { onTaskDispatched, type TaskQueueFunction, type TaskQueueOptions } from 'firebase-functions/v2/tasks';
import { taskSchemas, type TaskName, type TaskPayloads } from '../contract/signals.ts';
import type { World } from '../ports.ts';
import { wire } from '../wire.ts';
import { DEPLOYMENT } from './deployment.ts';
import { openLetter } from './letter.ts';
import type { ZodType } from 'zod';

/**
 * Attempts and pauses of every task: a stage that fails is tried for about a day. What is still undone then is found
 * by the sweep, or by the conductor.
 */
const RETRY: TaskQueueOptions = {
  retryConfig: { maxAttempts: 100, minBackoffSeconds: 2, maxBackoffSeconds: 600, maxDoublings: 8 },
};

/** A function that Cloud Tasks calls: reads its payload and hands it to its stage. */
export function taskFunction<T extends TaskName>(
  task: T,
  stage: (world: World, payload: TaskPayloads[T]) => Promise<void>,
  options: TaskQueueOptions = {},
): TaskQueueFunction {
  return onTaskDispatched({ ...DEPLOYMENT, ...RETRY, ...options }, async (request) => {
    const { world, instance } = wire();
    const schema = taskSchemas[task] as unknown as ZodType<TaskPayloads[T]>;
    const payload = await openLetter(world, task, schema, () => request.data as unknown);
    if (payload !== null) await instance.during(() => stage(world, payload));
  });
}
