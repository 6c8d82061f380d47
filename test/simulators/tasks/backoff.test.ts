import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { backoffMs, DEFAULT_RETRY, isExhausted, type RetryConfig } from '../../../simulators/tasks/core/backoff.ts';

const retryConfig: fc.Arbitrary<RetryConfig> = fc
  .record({
    minBackoffMs: fc.integer({ min: 1, max: 60_000 }),
    span: fc.integer({ min: 0, max: 3_600_000 }),
    maxDoublings: fc.integer({ min: 0, max: 20 }),
    maxAttempts: fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 50 })),
    maxRetryDurationMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000 })),
  })
  .map(({ span, ...config }) => ({ ...config, maxBackoffMs: config.minBackoffMs + span }));

describe('tasks simulator: backoff', () => {
  it("gives the intervals of queue.proto's example", () => {
    const config = { ...DEFAULT_RETRY, minBackoffMs: 10_000, maxBackoffMs: 300_000, maxDoublings: 3 };
    const seconds = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoffMs(failures, config) / 1000);
    assert.deepEqual(seconds, [10, 20, 40, 80, 160, 240, 300, 300]);
  });

  it('grows by a constant from the start when nothing is to be doubled', () => {
    const config = { ...DEFAULT_RETRY, minBackoffMs: 1000, maxBackoffMs: 3500, maxDoublings: 0 };
    assert.deepEqual(
      [1, 2, 3, 4].map((failures) => backoffMs(failures, config)),
      [1000, 2000, 3000, 3500],
    );
  });

  it('starts at minBackoff, never shrinks and never leaves [minBackoff, maxBackoff]', () => {
    fc.assert(
      fc.property(retryConfig, fc.integer({ min: 1, max: 10_000 }), (config, failures) => {
        const wait = backoffMs(failures, config);
        assert.equal(backoffMs(1, config), config.minBackoffMs);
        assert.ok(wait >= config.minBackoffMs && wait <= config.maxBackoffMs);
        assert.ok(backoffMs(failures + 1, config) >= wait);
      }),
    );
  });

  it('doubles exactly maxDoublings times while below maxBackoff, then steps evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 10 }), (minBackoffMs, maxDoublings) => {
        const config = { ...DEFAULT_RETRY, minBackoffMs, maxDoublings, maxBackoffMs: Number.MAX_SAFE_INTEGER };
        for (let failures = 1; failures <= maxDoublings; failures += 1) {
          assert.equal(backoffMs(failures + 1, config), 2 * backoffMs(failures, config));
        }
        const step = minBackoffMs * 2 ** maxDoublings;
        for (let failures = maxDoublings + 1; failures < maxDoublings + 5; failures += 1) {
          assert.equal(backoffMs(failures + 1, config) - backoffMs(failures, config), step);
        }
      }),
    );
  });
});

const limited = (maxAttempts: number, maxRetryDurationMs: number) => ({
  ...DEFAULT_RETRY,
  maxAttempts,
  maxRetryDurationMs,
});

describe('tasks simulator: giving up', () => {
  it('needs both limits to be reached when both are set', () => {
    const config = limited(3, 10_000);
    assert.equal(isExhausted(3, 9_999, config), false);
    assert.equal(isExhausted(2, 10_000, config), false);
    assert.equal(isExhausted(3, 10_000, config), true);
  });

  it('needs only the one that is set', () => {
    assert.equal(isExhausted(3, 0, limited(3, 0)), true);
    assert.equal(isExhausted(2, 1e12, limited(3, 0)), false);
    assert.equal(isExhausted(1, 10_000, limited(-1, 10_000)), true);
    assert.equal(isExhausted(1e6, 9_999, limited(-1, 10_000)), false);
  });

  it('never gives up without limits', () => {
    assert.equal(isExhausted(1e9, 1e15, limited(-1, 0)), false);
  });

  it('never takes back a giving up', () => {
    fc.assert(
      fc.property(retryConfig, fc.nat(100), fc.nat(200_000), (config, attempts, ageMs) => {
        if (!isExhausted(attempts, ageMs, config)) return;
        assert.ok(isExhausted(attempts + 1, ageMs, config));
        assert.ok(isExhausted(attempts, ageMs + 1, config));
      }),
    );
  });
});
