import type { Settings } from '../../functions/src/ports.ts';

/** A deployment's settings where a test does not care for them. */
export const SETTINGS: Settings = {
  recipientsPerRange: 1_000,
  pushesPerBatch: 500,
  openRanges: 20,
  leaseMs: 60_000,
  fcmPerMinute: 600_000,
  rampMs: 60_000,
  rampAbove: 120_000,
  invocationMs: 480_000,
  ledgerTtlMs: 90 * 86_400_000,
  country: 'KR',
  recipientTtlMs: 86_400_000,
  billing: { prices: 'us-central1', vcpus: 1, memoryGib: 0.5 },
  instancePerSecond: 10_000,
  rangesPerInstance: 1,
  frequencyCap: { perDay: Infinity, perWeek: Infinity },
  addressGraceMs: 30 * 86_400_000,
  quarantineShare: 0.2,
};
