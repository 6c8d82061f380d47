import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Random } from '../ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // An aborted sleep is an answer, not a failure.
      if (signal?.aborted !== true) throw error;
    }
  },
};

export const systemRandom: Random = { id: () => randomUUID(), fraction: () => Math.random() };

/** How this process is: its resident memory, and the share of the time since the last call in which it worked. */
export function processVitals(): () => { readonly rssBytes: number; readonly busy: number } {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return { rssBytes: process.memoryUsage.rss(), busy: utilization };
  };
}
