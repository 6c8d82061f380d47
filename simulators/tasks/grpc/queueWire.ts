import type { QueueSettings } from '../core/queueConfig.ts';
import { RpcError } from '../core/rpcError.ts';
import type { QueueRunner } from '../engine/queueRunner.ts';
import { msOf, wireTime } from './wireTime.ts';
import type { WireQueue } from './wireTypes.ts';

/** Each setting's path in an update mask, snake_case as clients send it. */
const MASK_PATHS: Record<keyof QueueSettings, string> = {
  maxDispatchesPerSecond: 'rate_limits.max_dispatches_per_second',
  maxConcurrentDispatches: 'rate_limits.max_concurrent_dispatches',
  maxAttempts: 'retry_config.max_attempts',
  maxRetryDurationMs: 'retry_config.max_retry_duration',
  minBackoffMs: 'retry_config.min_backoff',
  maxBackoffMs: 'retry_config.max_backoff',
  maxDoublings: 'retry_config.max_doublings',
};

// Fields that a mask may name without effect here: output only, or of App Engine and logging.
const IGNORED_PATHS = /^(name|state|purge_time|rate_limits\.max_burst_size|stackdriver_logging_config)(\.|$)/;

/** What the queue message sets. Proto3 sends 0 and "not set" alike, so 0 stands for the default. */
export function settingsOfWire(queue: WireQueue): QueueSettings {
  const { rateLimits, retryConfig } = queue;
  return withoutZeros({
    maxDispatchesPerSecond: rateLimits?.maxDispatchesPerSecond,
    maxConcurrentDispatches: rateLimits?.maxConcurrentDispatches,
    maxAttempts: retryConfig?.maxAttempts,
    maxRetryDurationMs: msOf(retryConfig?.maxRetryDuration),
    minBackoffMs: msOf(retryConfig?.minBackoff),
    maxBackoffMs: msOf(retryConfig?.maxBackoff),
    maxDoublings: retryConfig?.maxDoublings,
  });
}

/**
 * The settings after an update: the present ones with those that the mask names taken from the message, or all of them
 * when there is no mask. A named field that is not set goes back to its default; max_doublings named outright may be 0.
 * Throws INVALID_ARGUMENT for a path that no queue has.
 */
export function updatedSettings(present: QueueSettings, queue: WireQueue, paths: readonly string[]): QueueSettings {
  const wanted = settingsOfWire(queue);
  if (paths.length === 0) return wanted;
  const snakePaths = paths.map(snakeCase);
  for (const path of snakePaths) checkPath(path);
  const settings: Record<string, number | undefined> = { ...present };
  for (const [field, path] of Object.entries(MASK_PATHS)) {
    if (!snakePaths.some((masked) => path === masked || path.startsWith(`${masked}.`))) continue;
    settings[field] = wanted[field as keyof QueueSettings];
  }
  if (snakePaths.includes(MASK_PATHS.maxDoublings)) settings['maxDoublings'] = queue.retryConfig?.maxDoublings ?? 0;
  return withoutUndefined(settings);
}

export function wireQueue(runner: QueueRunner): WireQueue {
  const { rateLimits, retry } = runner.config;
  return {
    name: runner.name,
    rateLimits: { ...rateLimits },
    retryConfig: {
      maxAttempts: retry.maxAttempts,
      maxRetryDuration: retry.maxRetryDurationMs === 0 ? null : wireTime(retry.maxRetryDurationMs),
      minBackoff: wireTime(retry.minBackoffMs),
      maxBackoff: wireTime(retry.maxBackoffMs),
      maxDoublings: retry.maxDoublings,
    },
    state: runner.paused ? 'PAUSED' : 'RUNNING',
    purgeTime: runner.purgeMs === undefined ? null : wireTime(runner.purgeMs),
  };
}

function checkPath(path: string): void {
  const known = Object.values(MASK_PATHS).some((known) => known === path || known.startsWith(`${path}.`));
  if (!known && !IGNORED_PATHS.test(path)) {
    throw new RpcError('INVALID_ARGUMENT', `Invalid field in the update mask: "${path}".`);
  }
}

function snakeCase(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function withoutZeros(fields: Record<string, number | undefined>): QueueSettings {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== 0));
}

function withoutUndefined(fields: Record<string, number | undefined>): QueueSettings {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
