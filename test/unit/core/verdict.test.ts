import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LedgerCode } from '../../../functions/src/contract/codes.ts';
import type { RefusalCode, SendResult } from '../../../functions/src/contract/push.ts';
import { RETRY_MIN_MS, RETRY_WINDOW_MS, retryDelayMs } from '../../../functions/src/core/backoff.ts';
import { isFinal } from '../../../functions/src/core/counts.ts';
import { isAmbiguous, judge, type AttemptPolicy } from '../../../functions/src/core/verdict.ts';

const FIRST = { number: 1, firstAttemptAtMs: 0, nowMs: 50 };
const LAST = { number: 6, firstAttemptAtMs: 0, nowMs: 50 };
const LATE = { number: 2, firstAttemptAtMs: 0, nowMs: RETRY_WINDOW_MS };
const POLICY: AttemptPolicy = { onAmbiguous: 'resend', maxAttempts: 6 };

/** fcm.googleapis.com's table: what each answer is at the first attempt, and at the last. */
const TABLE: Record<RefusalCode, [first: LedgerCode, last: LedgerCode, pauseMs: number]> = {
  INVALID_ARGUMENT_ADDRESS: ['invalid.malformed', 'invalid.malformed', 0],
  INVALID_ARGUMENT_PAYLOAD: ['failed.payload', 'failed.payload', 0],
  UNREGISTERED: ['invalid.unregistered', 'invalid.unregistered', 0],
  SENDER_ID_MISMATCH: ['invalid.sender-mismatch', 'invalid.sender-mismatch', 0],
  THIRD_PARTY_AUTH_ERROR: ['failed.third-party-auth', 'failed.third-party-auth', 0],
  CREDENTIALS: ['retry.credentials', 'failed.credentials', 0],
  QUOTA_EXCEEDED: ['retry.quota', 'failed.quota', 60_000],
  INTERNAL: ['retry.internal', 'failed.internal', 0],
  UNAVAILABLE: ['retry.unavailable', 'failed.unavailable', 0],
  BAD_GATEWAY: ['retry.unavailable', 'failed.unavailable', 30_000],
  UNEXPECTED: ['retry.unexpected', 'failed.unexpected', 0],
};

describe('verdict', () => {
  for (const [refusal, [first, last, pauseMs]] of Object.entries(TABLE) as [
    RefusalCode,
    [LedgerCode, LedgerCode, number],
  ][]) {
    it(`judges ${refusal} as ${first}, and as ${last} when no attempt is left`, () => {
      assert.deepEqual(judge({ kind: 'refused', code: refusal }, FIRST, POLICY), { code: first, pauseMs });
      const mayGoOn = refusal === 'CREDENTIALS';
      assert.deepEqual(judge({ kind: 'refused', code: refusal }, LAST, POLICY), {
        code: mayGoOn ? first : last,
        pauseMs: 0,
      });
      assert.deepEqual(judge({ kind: 'refused', code: refusal }, LATE, POLICY), { code: last, pauseMs: 0 });
    });
  }

  it('takes FCM at its word about when to come back', () => {
    assert.equal(judge({ kind: 'refused', code: 'QUOTA_EXCEEDED', retryAfterMs: 5_000 }, FIRST, POLICY).pauseMs, 5_000);
    assert.equal(judge({ kind: 'refused', code: 'UNAVAILABLE', retryAfterMs: 90_000 }, FIRST, POLICY).pauseMs, 90_000);
  });

  it('sends again what surely was not sent, whatever the policy on ambiguity', () => {
    const record: AttemptPolicy = { ...POLICY, onAmbiguous: 'record' };
    assert.equal(judge({ kind: 'notSent' }, FIRST, record).code, 'retry.network');
    assert.equal(judge({ kind: 'notSent' }, LAST, record).code, 'failed.network');
  });

  it('follows the policy where FCM may have accepted', () => {
    const lost: SendResult = { kind: 'ambiguous', reason: 'connection-lost' };
    assert.equal(judge(lost, FIRST, POLICY).code, 'retry.connection-lost');
    assert.equal(judge(lost, FIRST, { ...POLICY, onAmbiguous: 'record' }).code, 'unknown.connection-lost');
    assert.equal(judge(lost, LAST, POLICY).code, 'unknown.connection-lost');
    assert.equal(judge({ kind: 'ambiguous', reason: 'timed-out' }, LAST, POLICY).code, 'unknown.timed-out');
  });

  it('never says failed of what may have been accepted, nor retries after the last attempt but for its own credentials', () => {
    const refusals = Object.keys(TABLE) as RefusalCode[];
    const result = fc.oneof(
      fc.constantFrom<SendResult>({ kind: 'accepted' }, { kind: 'notSent' }),
      fc.constantFrom(...refusals).map((code): SendResult => ({ kind: 'refused', code })),
      fc.constantFrom<SendResult>(
        { kind: 'ambiguous', reason: 'timed-out' },
        { kind: 'ambiguous', reason: 'connection-lost' },
      ),
    );
    fc.assert(
      fc.property(
        result,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        (sent, number, maxAttempts, resend) => {
          const policy: AttemptPolicy = { onAmbiguous: resend ? 'resend' : 'record', maxAttempts };
          const { code } = judge(sent, { number, firstAttemptAtMs: 0, nowMs: 1 }, policy);
          if (number >= maxAttempts) assert.ok(isFinal(code) || code === 'retry.credentials');
          if (sent.kind === 'ambiguous') assert.ok(isAmbiguous(code) || code.startsWith('unknown.'));
          else assert.ok(!isAmbiguous(code) && !code.startsWith('unknown.'));
        },
      ),
    );
  });
});

describe('backoff', () => {
  it('waits 10 s at least, at least as long as FCM asked, and never more than 15 minutes of its own', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: 7_200_000 }),
        (attempts, fraction, retryAfterMs) => {
          const delay = retryDelayMs(attempts, fraction, retryAfterMs);
          assert.ok(delay >= RETRY_MIN_MS && delay >= retryAfterMs);
          assert.ok(delay <= Math.max(900_000, retryAfterMs));
        },
      ),
    );
  });

  it('doubles', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((attempts) => retryDelayMs(attempts, 0)),
      [10_000, 20_000, 40_000, 80_000],
    );
  });
});
