import { draw } from '../hash.ts';
import type { LatencyFault } from './spec.ts';

/** The 99th percentile of the standard normal distribution. */
const Z_99 = 2.326_347_87;

/**
 * Milliseconds that an answer waits under a latency fault: the same for the same seed, address and attempt.
 *
 * Without `fixedMs` it is log-normal: median `p50Ms`, 99th percentile `p99Ms` (no spread where that is absent).
 */
export function latencyMs(fault: LatencyFault, address: string, attempt: number): number {
  if (fault.fixedMs !== undefined) return fault.fixedMs;
  const medianMs = fault.p50Ms ?? 0;
  if (medianMs === 0 || fault.p99Ms === undefined) return medianMs;
  const sigma = Math.log(fault.p99Ms / medianMs) / Z_99;
  return Math.round(medianMs * Math.exp(sigma * standardNormal(fault.seed ?? 1, address, attempt)));
}

/** Box-Muller transform of two draws. */
function standardNormal(seed: number, address: string, attempt: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw(seed, address, attempt, 2)));
  return radius * Math.cos(2 * Math.PI * draw(seed, address, attempt, 3));
}
