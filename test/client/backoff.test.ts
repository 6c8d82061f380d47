import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isRetryableStatus, nextDelayMs, parseRetryAfterMs, type RetryPolicy } from '../../client/backoff.ts';

const POLICY: RetryPolicy = { attempts: 6, baseMs: 500, capMs: 20_000, retryAfterCapMs: 60_000 };
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the wait before the next try', () => {
  it('is within the doubling ceiling, and never above the cap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fraction, (failed, share) => {
        const delayMs = nextDelayMs({ ...POLICY, attempts: 100 }, failed, null, share) ?? -1;
        assert.ok(delayMs >= 0 && delayMs <= Math.min(POLICY.capMs, POLICY.baseMs * 2 ** (failed - 1)), `${delayMs}`);
      }),
    );
  });

  it('doubles: at the same luck each wait is twice the one before', () => {
    const waits = [1, 2, 3, 4, 5].map((failed) => nextDelayMs(POLICY, failed, null, 0.5));
    assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000]);
  });

  it('is none after the last try', () => {
    assert.equal(nextDelayMs(POLICY, 5, null, 0) === null, false);
    assert.equal(nextDelayMs(POLICY, 6, null, 0), null);
    assert.equal(nextDelayMs(POLICY, 6, 1_000, 0), null);
  });

  it('is never shorter than what the server asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: POLICY.retryAfterCapMs }), fraction, (askedMs, share) => {
        const delayMs = nextDelayMs(POLICY, 1, askedMs, share) ?? -1;
        assert.ok(delayMs >= askedMs && delayMs < askedMs + POLICY.baseMs, `${delayMs}`);
      }),
    );
  });

  it('is none where the server asked for more than the client is willing to wait', () => {
    assert.equal(nextDelayMs(POLICY, 1, POLICY.retryAfterCapMs + 1, 0), null);
  });
});

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-03-01T00:00:00Z');
  const rows: readonly [string | null, number | null][] = [
    [null, null],
    ['0', 0],
    [' 30 ', 30_000],
    ['Sun, 01 Mar 2026 00:00:10 GMT', 10_000],
    ['Sat, 28 Feb 2026 23:59:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['', null],
    ['2027', 2_027_000],
  ];
  for (const [header, expected] of rows) {
    it(`${header === null ? 'absent' : JSON.stringify(header)} means ${expected} ms`, () => {
      assert.equal(parseRetryAfterMs(header, nowMs), expected);
    });
  }
});

it('only 429, 502, 503 and 504 are worth another try', () => {
  const retried = Array.from({ length: 500 }, (_, index) => 100 + index).filter(isRetryableStatus);
  assert.deepEqual(retried, [429, 502, 503, 504]);
});
