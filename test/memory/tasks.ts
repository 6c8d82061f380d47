import type { TaskName, TaskPayloads } from '../../functions/src/contract/signals.ts';
import type { World } from '../../functions/src/ports.ts';
import { care } from '../../functions/src/stages/care.ts';
import { conduct } from '../../functions/src/stages/conduct.ts';
import { launch } from '../../functions/src/stages/launch.ts';
import { retry } from '../../functions/src/stages/retry.ts';

export type Task = { [T in TaskName]: { readonly task: T; readonly payload: TaskPayloads[T] } }[TaskName];

const STAGES: { [T in TaskName]: (world: World, payload: TaskPayloads[T]) => Promise<void> } = {
  launch,
  conduct,
  retry,
  care,
};

/** Calls the stage that a task is for. */
export function runTask(world: World, made: Task): Promise<void> {
  const stage = STAGES[made.task] as (world: World, payload: unknown) => Promise<void>;
  return stage(world, made.payload);
}
