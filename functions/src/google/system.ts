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

/** Resident memory of this process: what an instance's memory limit is held against. */
export const residentBytes = (): number => process.memoryUsage.rss();
