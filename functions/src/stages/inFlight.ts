import type { Clock, InFlight } from '../ports.ts';

export interface InFlightLimits {
  /** Batches that may be in flight at once. */
  readonly limit: number;
  /** A batch that takes longer gives its place back and counts as slow. */
  readonly slowAfterMs: number;
  /** Slow batches that may be in flight beside the others. */
  readonly slowLimit: number;
}

/**
 * Places for batches in flight. FCM answers most addresses in 50 ms and some after 5-10 s, and one of those in each
 * batch would hold every place; so a batch that waits moves aside, as long as memory for it is set apart.
 */
export function inFlight({ limit, slowAfterMs, slowLimit }: InFlightLimits, clock: Clock): InFlight {
  const waiting: (() => void)[] = [];
  let taken = 0;
  let slow = 0;

  const free = (): void => {
    taken -= 1;
    waiting.shift()?.();
  };
  const moveAside = async (done: AbortSignal, moved: () => void): Promise<void> => {
    while (!done.aborted) {
      await clock.sleep(slowAfterMs, done);
      if (done.aborted || slow >= slowLimit) continue;
      slow += 1;
      moved();
      free();
      return;
    }
  };

  return {
    acquire: async () => {
      while (taken >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
      taken += 1;
      const done = new AbortController();
      let release = free;
      void moveAside(done.signal, () => {
        release = () => {
          slow -= 1;
        };
      });
      return () => {
        if (done.signal.aborted) return;
        done.abort();
        release();
      };
    },
  };
}
