import { checkLocationName, checkQueueName, locationOfQueue } from '../core/names.ts';
import { RpcError } from '../core/rpcError.ts';
import type { TasksEngine } from '../engine/engine.ts';
import type { QueueRunner } from '../engine/queueRunner.ts';
import { pageOf } from './paging.ts';
import { settingsOfWire, updatedSettings, wireQueue } from './queueWire.ts';
import { draftOfWire, wireTask } from './taskWire.ts';
import type * as wire from './wireTypes.ts';

const MAX_QUEUES_PER_PAGE = 9800;
const MAX_TASKS_PER_PAGE = 1000;

/** The methods of google.cloud.tasks.v2.CloudTasks as plain functions that return an answer or throw an RpcError. */
export function cloudTasksHandlers(engine: TasksEngine) {
  return {
    ListQueues(request: wire.ListQueuesRequest) {
      const queues = engine.queues.inLocation(checkLocationName(request.parent)).filter(queueFilter(request.filter));
      const page = pageOf(queues, (runner) => runner.name, request, MAX_QUEUES_PER_PAGE);
      return { queues: page.items.map(wireQueue), nextPageToken: page.nextPageToken };
    },

    GetQueue(request: wire.NameRequest) {
      return wireQueue(engine.queues.get(request.name));
    },

    CreateQueue(request: wire.CreateQueueRequest) {
      const queue = requireQueue(request.queue);
      const location = checkLocationName(request.parent);
      if (locationOfQueue(checkQueueName(queue.name)) !== location) {
        throw new RpcError('INVALID_ARGUMENT', 'The queue name must lie in the location named as parent.');
      }
      return wireQueue(engine.queues.create(queue.name, settingsOfWire(queue)));
    },

    UpdateQueue(request: wire.UpdateQueueRequest) {
      const queue = requireQueue(request.queue);
      const paths = request.updateMask?.paths ?? [];
      return wireQueue(engine.queues.update(queue.name, (present) => updatedSettings(present, queue, paths)));
    },

    DeleteQueue(request: wire.NameRequest) {
      engine.queues.delete(request.name);
      return {};
    },

    PurgeQueue(request: wire.NameRequest) {
      const runner = engine.queues.get(request.name);
      runner.purge();
      return wireQueue(runner);
    },

    PauseQueue(request: wire.NameRequest) {
      const runner = engine.queues.get(request.name);
      runner.pause();
      return wireQueue(runner);
    },

    ResumeQueue(request: wire.NameRequest) {
      const runner = engine.queues.get(request.name);
      runner.resume();
      return wireQueue(runner);
    },

    ListTasks(request: wire.ListTasksRequest) {
      const tasks = engine.queues.get(request.parent).tasks();
      const page = pageOf(tasks, (record) => record.seq, request, MAX_TASKS_PER_PAGE);
      return {
        tasks: page.items.map((record) => wireTask(record, request.responseView)),
        nextPageToken: page.nextPageToken,
      };
    },

    GetTask(request: wire.TaskRequest) {
      return wireTask(engine.task(request.name).record, request.responseView);
    },

    CreateTask(request: wire.CreateTaskRequest) {
      const record = engine.createTask(request.parent, draftOfWire(request.task));
      return wireTask(record, request.responseView);
    },

    DeleteTask(request: wire.NameRequest) {
      const { runner, record } = engine.task(request.name);
      runner.withdraw(record, 'deleted');
      return {};
    },

    RunTask(request: wire.TaskRequest) {
      const { runner, record } = engine.task(request.name);
      runner.runNow(record);
      return wireTask(record, request.responseView);
    },
  };
}

function requireQueue(queue: wire.WireQueue | null): wire.WireQueue {
  if (queue === null) throw new RpcError('INVALID_ARGUMENT', 'Queue is required.');
  if (queue.appEngineRoutingOverride) {
    throw new RpcError(
      'UNIMPLEMENTED',
      'This simulator has no App Engine routing: leave appEngineRoutingOverride out.',
    );
  }
  return queue;
}

/** Of the filter language only a comparison of `state`, which is what the documentation's sample uses. */
function queueFilter(filter: string): (runner: QueueRunner) => boolean {
  if (filter === '') return () => true;
  const [, state] = /^\s*state\s*[:=]\s*"?(RUNNING|PAUSED|DISABLED)"?\s*$/.exec(filter) ?? [];
  if (state === undefined) throw new RpcError('UNIMPLEMENTED', 'This simulator filters by "state: <STATE>" only.');
  return (runner) => (runner.paused ? 'PAUSED' : 'RUNNING') === state;
}
