import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nextTickDelayMs, slots } from '../../../functions/src/core/pace.ts';

describe('nextTickDelayMs', () => {
  it('stays between one and ten seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), fc.boolean(), (ageMs, planned) => {
        const delay = nextTickDelayMs(ageMs, planned);
        assert.ok(delay >= 1_000 && delay <= 10_000);
      }),
    );
  });
});

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
