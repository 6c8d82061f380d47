import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgeExchange, parseRetryAfter } from '../../../../functions/src/google/fcm/answer.ts';
import type { Exchange } from '../../../../functions/src/google/fcm/exchange.ts';

const NOW_MS = Date.UTC(2026, 11, 1, 2, 7, 0);
const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

function answered(status: number, body: unknown, retryAfter?: string): Exchange {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answered', status, body: text, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

function error(status: string, message: string, ...details: readonly object[]): object {
  return { error: { status, message, details } };
}

function fcmError(errorCode: string): object {
  return { '@type': FCM_ERROR, errorCode };
}

function badRequest(...fields: readonly string[]): object {
  return { '@type': BAD_REQUEST, fieldViolations: fields.map((field) => ({ field, description: 'x' })) };
}

describe('what an exchange came to', () => {
  const codes: readonly [name: string, status: number, body: unknown, code: string][] = [
    ['a token, by field', 400, error('INVALID_ARGUMENT', '', badRequest('message.token')), 'INVALID_ARGUMENT_ADDRESS'],
    ['a FID, by field', 400, error('INVALID_ARGUMENT', '', badRequest('message.fid')), 'INVALID_ARGUMENT_ADDRESS'],
    [
      'a token, by text',
      400,
      error(
        'INVALID_ARGUMENT',
        'The registration token is not a valid FCM registration token',
        fcmError('INVALID_ARGUMENT'),
      ),
      'INVALID_ARGUMENT_ADDRESS',
    ],
    ['a payload, by field', 400, error('INVALID_ARGUMENT', '', badRequest('message.data')), 'INVALID_ARGUMENT_PAYLOAD'],
    [
      'a payload whose text speaks of tokens',
      400,
      error('INVALID_ARGUMENT', 'registration token is not a valid key', badRequest('message.data[0]')),
      'INVALID_ARGUMENT_PAYLOAD',
    ],
    ['a payload without a field', 400, error('INVALID_ARGUMENT', 'Message too big'), 'INVALID_ARGUMENT_PAYLOAD'],
    ['another 400', 400, error('FAILED_PRECONDITION', ''), 'UNEXPECTED'],
    ['400 in HTML', 400, '<html>', 'UNEXPECTED'],
    [
      'APNs or web push',
      401,
      error('UNAUTHENTICATED', '', fcmError('THIRD_PARTY_AUTH_ERROR')),
      'THIRD_PARTY_AUTH_ERROR',
    ],
    ['a wrong access token', 401, error('UNAUTHENTICATED', ''), 'CREDENTIALS'],
    ['a missing permission', 403, error('PERMISSION_DENIED', ''), 'CREDENTIALS'],
    ['another sender', 403, error('PERMISSION_DENIED', '', fcmError('SENDER_ID_MISMATCH')), 'SENDER_ID_MISMATCH'],
    ['an unregistered address', 404, error('NOT_FOUND', '', fcmError('UNREGISTERED')), 'UNREGISTERED'],
    ['a wrong URL', 404, error('NOT_FOUND', 'The requested URL was not found on this server.'), 'UNEXPECTED'],
    ['404 in HTML', 404, '<html>', 'UNEXPECTED'],
    ['429', 429, error('RESOURCE_EXHAUSTED', ''), 'QUOTA_EXCEEDED'],
    ['429 cut off', 429, '{"err', 'QUOTA_EXCEEDED'],
    ['500', 500, error('INTERNAL', ''), 'INTERNAL'],
    ['502 that looks like another error', 502, error('NOT_FOUND', '', fcmError('UNREGISTERED')), 'BAD_GATEWAY'],
    ['503', 503, '', 'UNAVAILABLE'],
    ['504', 504, '<html>', 'UNAVAILABLE'],
    ['a redirect', 302, '', 'UNEXPECTED'],
  ];
  for (const [name, status, body, code] of codes) {
    it(`${name} is ${code}`, () => {
      assert.deepEqual(judgeExchange(answered(status, body), NOW_MS), { kind: 'refused', code });
    });
  }

  it('is accepted only where the answer names the message', () => {
    assert.deepEqual(judgeExchange(answered(200, { name: 'projects/p/messages/1' }), NOW_MS), { kind: 'accepted' });
    for (const body of ['', '{}', '{"name":""}', '{"name":7}', 'null', '[]', '<html>', '{"name":"proj']) {
      assert.deepEqual(judgeExchange(answered(200, body), NOW_MS), { kind: 'ambiguous', reason: 'connection-lost' });
    }
  });

  it('keeps Retry-After with whatever refusal has one', () => {
    const quota = judgeExchange(answered(429, '', '7'), NOW_MS);
    assert.deepEqual(quota, { kind: 'refused', code: 'QUOTA_EXCEEDED', retryAfterMs: 7_000 });
  });

  it('passes on what is known of exchanges without an answer', () => {
    assert.deepEqual(judgeExchange({ kind: 'notSent' }, NOW_MS), { kind: 'notSent' });
    for (const reason of ['timed-out', 'connection-lost'] as const) {
      assert.deepEqual(judgeExchange({ kind: 'lost', reason }, NOW_MS), { kind: 'ambiguous', reason });
    }
  });

  it('takes any body of any shape', () => {
    const details = fc.array(fc.oneof(fc.anything(), fc.record({ '@type': fc.constantFrom(FCM_ERROR, BAD_REQUEST) })));
    const body = fc.oneof(fc.string(), fc.json(), fc.record({ error: fc.record({ details }) }));
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), body, (status, value) => {
        const { kind } = judgeExchange(answered(status, typeof value === 'string' ? value : stringify(value)), NOW_MS);
        assert.equal(kind, status === 200 ? 'ambiguous' : 'refused');
      }),
    );
  });
});

/** JSON.stringify, where it can be done: fast-check makes bigints and cycles too. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

describe('Retry-After', () => {
  const cases: readonly [value: string | undefined, ms: number | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['0', 0],
    ['60', 60_000],
    [' 60 ', 60_000],
    ['9999999999', 86_400_000],
    ['Tue, 01 Dec 2026 02:08:30 GMT', 90_000],
    ['Tue, 01 Dec 2026 02:00:00 GMT', 0],
  ];
  for (const [value, ms] of cases) {
    it(`${JSON.stringify(value)} is ${ms} ms`, () => assert.equal(parseRetryAfter(value, NOW_MS), ms));
  }
});
