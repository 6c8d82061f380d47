import type { ClockMode } from './timeline.ts';

/** How the simulated service behaves. Everything has production's value by default, but for `autoCreateQueues`. */
export interface EngineOptions {
  /** CreateTask makes a queue that does not exist, with default settings. Production answers NOT_FOUND. */
  readonly autoCreateQueues: boolean;
  /** How long a task's name stays blocked after the task is over; "~1 hour". */
  readonly dedupWindowMs: number;
  /** How long a deleted queue's name stays blocked; 7 days. */
  readonly queueRecreationMs: number;
  /** How old a task may get before it is taken away; 31 days. */
  readonly retentionMs: number;
  /** Whether 429 and 503 slow the whole queue. */
  readonly systemThrottling: boolean;
  readonly clock: ClockMode;
  /** Where the clock starts, in ms since the epoch; the machine's time by default. */
  readonly startMs: number | undefined;
  /** Seed of everything that faults draw, 32 bits. */
  readonly faultSeed: number;
  /** How many attempts the log keeps. */
  readonly attemptLogLimit: number;
  /** How many finished tasks the report keeps; exhausted ones are all kept. */
  readonly finishedTaskLimit: number;
}

const HOUR_MS = 3_600_000;

export const DEFAULT_ENGINE_OPTIONS: EngineOptions = {
  autoCreateQueues: true,
  dedupWindowMs: HOUR_MS,
  queueRecreationMs: 7 * 24 * HOUR_MS,
  retentionMs: 31 * 24 * HOUR_MS,
  systemThrottling: true,
  clock: 'system',
  startMs: undefined,
  faultSeed: 1,
  attemptLogLimit: 100_000,
  finishedTaskLimit: 10_000,
};
