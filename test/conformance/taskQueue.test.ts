import { VirtualClock } from '../memory/clock.ts';
import { Redelivery } from '../memory/redelivery.ts';
import { MemoryTasks } from '../memory/taskQueue.ts';
import { taskQueueConformance } from './taskQueue.ts';

describe('task queue in memory', () => {
  taskQueueConformance(async (handle) => {
    const clock = new VirtualClock(Date.UTC(2026, 10, 21, 3));
    const redelivery = new Redelivery(clock, () => undefined);
    const tasks = new MemoryTasks(clock, {
      onTask: ({ task, payload }, afterMs) => redelivery.bring(afterMs, () => handle(task, payload)),
    });
    return {
      tasks,
      nowMs: () => clock.now(),
      advance: async (ms) => {
        let isOver = false;
        void clock.sleep(ms).then(() => (isOver = true));
        await clock.runUntil(() => isOver);
      },
      close: () => Promise.resolve(),
    };
  });
});
