import assert from 'node:assert/strict';
import fc from 'fast-check';
import { filled, waitMs } from '../../../functions/src/core/bucket.ts';
import { rampedPerSecond, shapeOf, slots, splitRate } from '../../../functions/src/core/pace.ts';

describe('slots', () => {
  const batch = fc.record({ dueAtMs: fc.integer({ min: 0, max: 20_000 }), messages: fc.integer({ min: 1, max: 500 }) });
  const slot = fc.record({
    nowMs: fc.integer({ min: 0, max: 10_000 }),
    forMs: fc.integer({ min: 0, max: 10_000 }),
    freeAtMs: fc.integer({ min: 0, max: 15_000 }),
    perSecond: fc.integer({ min: 1, max: 10_000 }),
  });

  it('gives none a time before it is due, nor more messages than the rate has time for', () => {
    fc.assert(
      fc.property(fc.array(batch), slot, (waiting, { forMs, ...rest }) => {
        const untilMs = rest.nowMs + forMs;
        const { atMs, freeAtMs } = slots(waiting, { ...rest, untilMs });
        atMs.forEach((at, index) => {
          const { dueAtMs, messages } = waiting[index] as (typeof waiting)[number];
          assert.ok(at >= dueAtMs && at >= rest.nowMs && at >= rest.freeAtMs && at <= untilMs);
          const next = atMs[index + 1] ?? freeAtMs;
          assert.ok((next - at) * rest.perSecond >= messages * 1_000);
        });
      }),
    );
  });

  it('leaves no batch behind that has its time', () => {
    fc.assert(
      fc.property(fc.array(batch), slot, (waiting, { forMs, ...rest }) => {
        const untilMs = rest.nowMs + forMs;
        const { atMs, freeAtMs } = slots(waiting, { ...rest, untilMs });
        const left = waiting[atMs.length];
        assert.ok(left === undefined || Math.max(left.dueAtMs, freeAtMs) > untilMs);
      }),
    );
  });

  it('gives nothing where nothing may go out', () => {
    const none = { nowMs: 0, untilMs: 1_000, freeAtMs: 0, perSecond: 0 };
    assert.deepEqual(slots([{ dueAtMs: 0, messages: 1 }], none), { atMs: [], freeAtMs: 0 });
  });
});

describe('shapeOf', () => {
  const settings = { fcmPerMinute: 600_000, openRanges: 20, recipientsPerRange: 10_000, pushesPerBatch: 500 };

  it('leaves a campaign without a rate of its own as large as the deployment sets it', () => {
    assert.deepEqual(shapeOf(undefined, settings), { lanes: 20, recipientsPerRange: 10_000, pushesPerBatch: 500 });
  });

  it('lets so little go out at once that no 10 s are 5% above the rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 10_000 }), (perSecond) => {
        const { lanes, pushesPerBatch } = shapeOf(perSecond, settings);
        assert.ok(lanes * 2 * pushesPerBatch <= Math.max(4, 0.05 * 10 * perSecond));
      }),
    );
  });
});

describe('rampedPerSecond', () => {
  it('rises in a straight line and stays', () => {
    const at = (nowMs: number): number => rampedPerSecond(600, 0, nowMs, 60_000);
    assert.deepEqual([0, 29_000, 59_000, 90_000].map(at), [10, 300, 600, 600]);
    assert.equal(rampedPerSecond(600, null, 0, 60_000), 600);
  });
});

describe('splitRate', () => {
  it('leaves ranges half at the least, and retries what they need or all that is left', () => {
    const rate = { retries: 100, turnMs: 2_000 };
    assert.deepEqual(splitRate(1_000, { ...rate, lanes: 5 }), { retriesPerSecond: 50, rangePerSecond: 190 });
    assert.deepEqual(splitRate(60, { ...rate, lanes: 2 }), { retriesPerSecond: 30, rangePerSecond: 15 });
    assert.equal(splitRate(1_000, { ...rate, lanes: 0 }).retriesPerSecond, 1_000);
  });
});

describe('a bucket', () => {
  it('lets no more through in any time than its rate and twice what it holds', () => {
    const most = 10;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1 }), (pauses) => {
        let bucket = { messages: 0, atMs: 0 };
        let sent = 0;
        let nowMs = 0;
        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          bucket = filled(bucket, 20, nowMs, most);
          while (waitMs(bucket, 20) === 0) {
            bucket = { ...bucket, messages: bucket.messages - most };
            sent += most;
          }
          assert.ok(sent <= (20 * nowMs) / 1_000 + 2 * most);
        }
      }),
    );
  });

  it('says how long to wait, and lets nothing through where there is no rate', () => {
    assert.equal(waitMs({ messages: -10, atMs: 0 }, 20), 500);
    assert.equal(waitMs({ messages: 0, atMs: 0 }, 0), Infinity);
  });
});
