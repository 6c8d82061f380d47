import { setTimeout as sleep } from 'node:timers/promises';
import { post } from './post.ts';

/** Cloud Scheduler's own limit for an HTTP target. */
const LIMIT_MS = 30 * 60_000;

/** Calls a scheduled function once, as Cloud Scheduler does. @returns the status */
export async function tick(url: string, name: string, region: string, signal: AbortSignal): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Google-Cloud-Scheduler',
    'x-cloudscheduler': 'true',
    'x-cloudscheduler-jobname': `firebase-schedule-${name}-${region}`,
    'x-cloudscheduler-scheduletime': new Date().toISOString(),
  };
  return post(url, { headers, body: '{}' }, LIMIT_MS, signal);
}

/** A schedule that is being kept. */
export interface Ticker {
  stop(): Promise<void>;
}

/**
 * Calls `work` every `intervalMs`, first after one interval. A call that takes longer delays the next one: Cloud
 * Scheduler does not run a job twice at a time either.
 */
export function startTicker(
  intervalMs: number,
  work: (signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): Ticker {
  const stopped = new AbortController();
  const run = async () => {
    while (!stopped.signal.aborted) {
      try {
        await sleep(intervalMs, undefined, { signal: stopped.signal });
        await work(stopped.signal);
      } catch (error) {
        if (!stopped.signal.aborted) onError(error);
      }
    }
  };
  const done = run();
  return {
    async stop() {
      stopped.abort();
      await done;
    },
  };
}
