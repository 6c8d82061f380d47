import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { fullBucket, nextTokenAtMs, takeToken } from '../../../simulators/tasks/core/tokenBucket.ts';
import { QueueGate } from '../../../simulators/tasks/engine/queueGate.ts';

const limits = fc.record({
  perSecond: fc.double({ min: 0.1, max: 500, noNaN: true }),
  burst: fc.integer({ min: 1, max: 100 }),
});

const response = (status: number) => ({ kind: 'response', status, retryAfterMs: undefined }) as const;

describe('tasks simulator: token bucket', () => {
  it('lets a burst through, then one token per interval', () => {
    const rule = { perSecond: 2, burst: 3 };
    let bucket = fullBucket(rule, 1000);
    const taken: number[] = [];
    for (let nowMs = 1000; taken.length < 6; nowMs = nextTokenAtMs(bucket, rule, nowMs)) {
      const next = takeToken(bucket, rule, nowMs);
      assert.ok(next);
      bucket = next;
      taken.push(nowMs);
    }
    assert.deepEqual(taken, [1000, 1000, 1000, 1500, 2000, 2500]);
  });

  it('never gives out more than the burst plus what flowed in, in any window', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.nat(5000), { maxLength: 200 }), (rule, waits) => {
        let nowMs = 0;
        let bucket = fullBucket(rule, nowMs);
        const taken: number[] = [];
        for (const wait of waits) {
          nowMs += wait;
          for (let next = takeToken(bucket, rule, nowMs); next; next = takeToken(bucket, rule, nowMs)) {
            bucket = next;
            taken.push(nowMs);
          }
        }
        for (const [index, fromMs] of taken.entries()) {
          const last = taken.at(-1) ?? fromMs;
          const allowed = rule.burst + ((last - fromMs) / 1000) * rule.perSecond;
          assert.ok(taken.length - index <= allowed + 0.01);
        }
      }),
    );
  });

  it('names the first millisecond at which a token is there', () => {
    fc.assert(
      fc.property(limits, fc.nat(10_000), fc.nat(10_000), (rule, atMs, laterMs) => {
        const empty = { tokens: 0, atMs };
        const nowMs = atMs + laterMs;
        const nextMs = nextTokenAtMs(empty, rule, nowMs);
        assert.ok(takeToken(empty, rule, nextMs), 'a token is there');
        if (nextMs > nowMs) assert.equal(takeToken(empty, rule, nextMs - 1), undefined);
      }),
    );
  });
});

describe('tasks simulator: queue gate', () => {
  const rates = { maxDispatchesPerSecond: 100, maxBurstSize: 20, maxConcurrentDispatches: 2 };

  it('holds to the concurrency and opens with a leave', () => {
    const gate = new QueueGate(rates, 0);
    assert.equal(gate.tryEnter(0), undefined);
    assert.equal(gate.tryEnter(0), undefined);
    assert.equal(gate.tryEnter(0), Infinity);
    gate.leave();
    assert.equal(gate.tryEnter(0), undefined);
  });

  it('halves the rate for each 429 and 503 down to 1/64, takes the burst along, and recovers with successes', () => {
    const gate = new QueueGate({ ...rates, maxConcurrentDispatches: 5000 }, 0);
    gate.answered(response(429), 0);
    assert.equal(gate.factor, 1 / 2);
    for (let count = 0; count < 20; count += 1) gate.answered(response(503), 0);
    assert.equal(gate.factor, 1 / 64);
    assert.equal(gate.tryEnter(0), Math.ceil(((1 - 20 / 64) * 1000) / (100 / 64)));
    for (let count = 0; count < 100; count += 1) gate.answered(response(200), 0);
    assert.equal(gate.factor, 1);
  });

  it('is not slowed by other failures', () => {
    const gate = new QueueGate(rates, 0);
    gate.answered(response(500), 0);
    gate.answered({ kind: 'deadline' }, 0);
    assert.equal(gate.factor, 1);
  });
});
