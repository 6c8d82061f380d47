import type { TaskName, TaskPayloads } from '../../functions/src/contract/signals.ts';
import type { Clock, TaskOptions, TaskQueue } from '../../functions/src/ports.ts';
import type { Task } from './tasks.ts';

/** Cloud Tasks takes nothing that is further ahead. */
const TASK_AHEAD_MAX_MS = 30 * 86_400_000;

export interface MemoryTasksOptions {
  /** Told each task that was taken, once; it sees to it that the task runs. */
  readonly onTask: (made: Task, afterMs: number) => void;
  /** Names that are remembered, the latest; all where it is not given. */
  readonly namesKept?: number;
}

/** Cloud Tasks up to the time of a task: takes it in, or refuses it, or drops what it was given before. */
export class MemoryTasks implements TaskQueue {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onTask: (made: Task, afterMs: number) => void;
  readonly #namesKept: number;
  readonly #names = new Set<string>();

  constructor(clock: Pick<Clock, 'now'>, { onTask, namesKept = Infinity }: MemoryTasksOptions) {
    this.#clock = clock;
    this.#onTask = onTask;
    this.#namesKept = namesKept;
  }

  async enqueue<T extends TaskName>(task: T, payload: TaskPayloads[T], { name, atMs }: TaskOptions): Promise<void> {
    await Promise.resolve();
    const afterMs = atMs - this.#clock.now();
    if (afterMs > TASK_AHEAD_MAX_MS) throw new RangeError('a task is more than 30 days ahead');
    // Each task has a queue of its own, and a name is taken within its queue.
    const path = `${task}/${name}`;
    if (this.#names.has(path)) return;
    this.#remember(path);
    this.#onTask({ task, payload: structuredClone(payload) } as Task, Math.max(0, afterMs));
  }

  #remember(path: string): void {
    this.#names.add(path);
    const [oldest] = this.#names;
    if (this.#names.size > this.#namesKept && oldest !== undefined) this.#names.delete(oldest);
  }
}
