import assert from 'node:assert/strict';
import { forecast, type Capacity, type Load } from '../../../functions/src/core/estimate.ts';

const CAPACITY: Capacity = {
  perSecond: 10_000,
  instancePerSecond: 10_000,
  rangesPerInstance: 3,
  openRanges: 20,
  pushesPerBatch: 500,
  rampMs: 0,
};

describe('the forecast of a campaign', () => {
  it('counts a look a second for each instance, whatever number of ranges it walks', () => {
    const load: Load = { messages: 1_000_000, pushes: 1_000_000, pages: 2_000, pagesPerRange: 24, upload: null };
    const alone = forecast(load, { ...CAPACITY, rangesPerInstance: 1 }).operations;
    const shared = forecast(load, { ...CAPACITY, instancePerSecond: 30_000 }).operations;
    const seconds = (alone.instanceMs - shared.instanceMs) / 1_000;
    assert.ok(seconds > 100, 'fewer instances do the same in the same time');
    assert.ok(Math.abs(alone.firestoreReads - shared.firestoreReads - seconds) <= 1);
  });
});

describe('the forecast of an upload', () => {
  it('counts one read of every part for each pass over the keys', () => {
    const reads = (keyBuckets: number): number => {
      const load: Load = {
        messages: 1_000_000,
        pushes: 1_000_000,
        pages: 2_000,
        pagesPerRange: 24,
        upload: { parts: 100, keyBuckets },
      };
      return forecast(load, CAPACITY).operations.firestoreReads;
    };
    assert.equal(reads(50), reads(1));
    assert.equal(reads(51) - reads(50), 100);
    assert.equal(reads(1_000) - reads(50), 19 * 100);
  });
});
