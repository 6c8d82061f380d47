import { cloudTasks } from '../../functions/src/google/tasks.ts';
import { respond, startStand } from '../simulators/tasks/harness.ts';
import { taskQueueConformance } from './taskQueue.ts';

describe('task queue in Cloud Tasks', () => {
  taskQueueConformance(async (handle) => {
    const stand = await startStand();
    stand.answer = (request, response) => {
      const { data } = JSON.parse(request.body) as { readonly data: unknown };
      void handle(request.path.slice(1), data).then(
        () => respond(200)(request, response),
        () => respond(500)(request, response),
      );
    };
    const tasks = cloudTasks({
      projectId: 'demo-push',
      region: 'asia-northeast3',
      baseUrl: stand.workerUrl,
      serviceAccount: 'tasks@demo-push.iam.gserviceaccount.com',
      emulatorHost: stand.simulator.address,
    });
    return {
      tasks,
      nowMs: () => stand.simulator.nowMs(),
      advance: (ms) => stand.advance(ms),
      close: () => stand.close(),
    };
  });
});
