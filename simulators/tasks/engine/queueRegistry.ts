import { RpcError } from '../core/rpcError.ts';
import { queueConfig, settingsOf, type QueueSettings } from '../core/queueConfig.ts';
import { checkQueueName, locationOfQueue } from '../core/names.ts';
import { Tombstones } from '../core/tombstones.ts';
import { QueueRunner, type QueueWorld } from './queueRunner.ts';

/** The queues there are and the names of those there were. */
export class QueueRegistry {
  readonly #world: QueueWorld;
  readonly #autoCreate: boolean;
  readonly #runners = new Map<string, QueueRunner>();
  readonly #deleted: QueueRunner[] = [];
  readonly #tombstones: Tombstones;

  constructor(world: QueueWorld, options: { readonly autoCreate: boolean; readonly recreationMs: number }) {
    this.#world = world;
    this.#autoCreate = options.autoCreate;
    this.#tombstones = new Tombstones(options.recreationMs);
  }

  /** Throws NOT_FOUND when there is no such queue. */
  get(name: string): QueueRunner {
    const runner = this.#runners.get(checkQueueName(name));
    if (runner === undefined) throw new RpcError('NOT_FOUND', 'Requested entity was not found.');
    return runner;
  }

  /** The queue a task is made in, made itself when that is switched on. A deleted queue is not brought back. */
  forNewTask(name: string): QueueRunner {
    const runner = this.#runners.get(checkQueueName(name));
    if (runner !== undefined) return runner;
    if (this.#autoCreate && !this.#isBlocked(name)) return this.create(name, {});
    throw new RpcError(
      'NOT_FOUND',
      'Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.',
    );
  }

  /** Throws ALREADY_EXISTS, or FAILED_PRECONDITION for the name of a queue deleted too recently. */
  create(name: string, settings: QueueSettings): QueueRunner {
    if (this.#runners.has(checkQueueName(name))) throw new RpcError('ALREADY_EXISTS', 'Queue already exists');
    if (this.#isBlocked(name)) {
      throw new RpcError(
        'FAILED_PRECONDITION',
        'The queue cannot be created because a queue with this name existed too recently.',
      );
    }
    const runner = new QueueRunner(name, queueConfig(settings), this.#world);
    this.#runners.set(name, runner);
    return runner;
  }

  /**
   * Changes a queue, or creates it when it does not exist.
   *
   * @param change gives the new settings from the present ones, `{}` for a new queue
   */
  update(name: string, change: (present: QueueSettings) => QueueSettings): QueueRunner {
    const runner = this.#runners.get(checkQueueName(name));
    if (runner === undefined) return this.create(name, change({}));
    runner.configure(queueConfig(change(settingsOf(runner.config))));
    return runner;
  }

  delete(name: string): void {
    const runner = this.get(name);
    for (const record of runner.tasks()) runner.withdraw(record, 'deleted');
    runner.close();
    this.#runners.delete(name);
    this.#deleted.push(runner);
    this.#tombstones.bury(name, this.#world.timeline.nowMs());
  }

  /** The location's queues by name. */
  inLocation(location: string): QueueRunner[] {
    const here = [...this.#runners.values()].filter((runner) => locationOfQueue(runner.name) === location);
    return here.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  live(): Iterable<QueueRunner> {
    return this.#runners.values();
  }

  /** Deleted queues, for their counts. */
  deleted(): Iterable<QueueRunner> {
    return this.#deleted;
  }

  close(): void {
    for (const runner of this.#runners.values()) runner.close();
  }

  #isBlocked(name: string): boolean {
    return this.#tombstones.holds(name, this.#world.timeline.nowMs());
  }
}
