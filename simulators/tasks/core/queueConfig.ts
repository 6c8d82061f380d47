import { DEFAULT_RETRY, type RetryConfig } from './backoff.ts';
import { RpcError } from './rpcError.ts';

/** google.cloud.tasks.v2.RateLimits. */
export interface RateLimits {
  /** Above 0, at most 500. */
  readonly maxDispatchesPerSecond: number;
  /** Output only: Cloud Tasks derives it from the rate. */
  readonly maxBurstSize: number;
  /** 1..5000. */
  readonly maxConcurrentDispatches: number;
}

export interface QueueConfig {
  readonly rateLimits: RateLimits;
  readonly retry: RetryConfig;
}

/** What a caller may set; what is left out takes its default. */
export interface QueueSettings {
  readonly maxDispatchesPerSecond?: number;
  readonly maxConcurrentDispatches?: number;
  readonly maxAttempts?: number;
  readonly maxRetryDurationMs?: number;
  readonly minBackoffMs?: number;
  readonly maxBackoffMs?: number;
  readonly maxDoublings?: number;
}

const MAX_PER_SECOND = 500;
const MAX_CONCURRENT = 5000;

const DEFAULTS: Required<QueueSettings> = {
  maxDispatchesPerSecond: MAX_PER_SECOND,
  maxConcurrentDispatches: 1000,
  ...DEFAULT_RETRY,
};

/** The configuration that the settings stand for. Throws INVALID_ARGUMENT for a value outside its bounds. */
export function queueConfig(settings: QueueSettings): QueueConfig {
  const all = { ...DEFAULTS, ...settings };
  check(
    all.maxDispatchesPerSecond > 0 && all.maxDispatchesPerSecond <= MAX_PER_SECOND,
    `Queue.rateLimits.maxDispatchesPerSecond must be greater than 0 and at most ${MAX_PER_SECOND}.`,
  );
  check(
    isIntegerIn(all.maxConcurrentDispatches, 1, MAX_CONCURRENT),
    `Queue.rateLimits.maxConcurrentDispatches must be between 1 and ${MAX_CONCURRENT}.`,
  );
  check(
    isIntegerIn(all.maxAttempts, -1, 2 ** 31 - 1) && all.maxAttempts !== 0,
    'Queue.retryConfig.maxAttempts must be -1 (unlimited) or greater than 0.',
  );
  check(isIntegerIn(all.maxDoublings, 0, 2 ** 31 - 1), 'Queue.retryConfig.maxDoublings must not be negative.');
  check(all.maxRetryDurationMs >= 0, 'Queue.retryConfig.maxRetryDuration must not be negative.');
  check(all.minBackoffMs > 0, 'Queue.retryConfig.minBackoff must be greater than 0.');
  check(
    all.maxBackoffMs >= all.minBackoffMs,
    'Queue.retryConfig.maxBackoff must be greater than or equal to Queue.retryConfig.minBackoff.',
  );
  const { maxDispatchesPerSecond, maxConcurrentDispatches, ...retry } = all;
  return {
    rateLimits: { maxDispatchesPerSecond, maxBurstSize: burstOf(maxDispatchesPerSecond), maxConcurrentDispatches },
    retry,
  };
}

/** The settings that give `config` again. */
export function settingsOf(config: QueueConfig): Required<QueueSettings> {
  const { maxDispatchesPerSecond, maxConcurrentDispatches } = config.rateLimits;
  return { maxDispatchesPerSecond, maxConcurrentDispatches, ...config.retry };
}

// Known from real queues: 100 at 500/s, 10 for slow ones. The line between them is a guess.
function burstOf(perSecond: number): number {
  return Math.max(10, Math.ceil(perSecond / 5));
}

function isIntegerIn(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new RpcError('INVALID_ARGUMENT', message);
}
