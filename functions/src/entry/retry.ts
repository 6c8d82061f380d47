import { RETRY_TIMEOUT_SECONDS } from '../config.ts';
import { retry as stage } from '../stages/retry.ts';
import { taskFunction } from './task.ts';

export const retry = taskFunction('retry', stage, {
  timeoutSeconds: RETRY_TIMEOUT_SECONDS,
  rateLimits: { maxConcurrentDispatches: 50 },
});
