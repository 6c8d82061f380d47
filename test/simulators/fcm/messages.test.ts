import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contentOf, tagOf } from '../../../simulators/fcm/messages/content.ts';
import { parseMessage } from '../../../simulators/fcm/messages/parse.ts';
import { payloadBytes } from '../../../simulators/fcm/messages/payloadSize.ts';

interface Violation {
  readonly field: string;
  readonly description: string;
}

const parse = (request: unknown): ReturnType<typeof parseMessage> => parseMessage(Buffer.from(JSON.stringify(request)));

/** Status, violated fields and whether FCM (not the JSON front end) refused; undefined where the message is taken. */
function refusal(request: unknown): { fields: string[]; byFcm: boolean; text: string } | undefined {
  const reply = parse(request).refusal;
  if (!reply) return undefined;
  assert.equal(reply.head.status, 400);
  const { error } = JSON.parse(reply.body) as {
    error: { details?: { '@type': string; fieldViolations?: Violation[] }[] };
  };
  const details = error.details ?? [];
  return {
    fields: details.flatMap((detail) => (detail.fieldViolations ?? []).map(({ field }) => field)),
    byFcm: details.some((detail) => detail['@type'].endsWith('FcmError')),
    text: reply.body,
  };
}

const message = (extra: object): object => ({ message: { token: 't', ...extra } });

describe('messages', () => {
  it('takes everything that FCM documents, in snake case and in camel case', () => {
    const full = {
      validate_only: true,
      message: {
        token: 't',
        data: { a: '1' },
        notification: { title: 't', body: 'b', image: 'https://i' },
        android: {
          collapse_key: 'c',
          priority: 'high',
          ttl: '3600.5s',
          notification: {
            tag: 'g',
            channelId: 'c',
            notification_count: 3,
            visibility: 'PRIVATE',
            light_settings: { color: { red: 1 } },
          },
          directBootOk: true,
        },
        apns: {
          headers: { 'apns-collapse-id': 'x'.repeat(64) },
          payload: { aps: { alert: { title: 't' }, 'thread-id': 1 } },
        },
        webpush: {
          headers: { TTL: '1' },
          notification: { tag: 'w', renotify: true },
          fcmOptions: { link: 'https://l' },
        },
        fcmOptions: { analyticsLabel: 'l' },
      },
    };
    assert.equal(refusal(full), undefined);
    assert.equal(parse(full).validateOnly, true);
    assert.equal(parse({ validateOnly: true, message: { fid: 'f' } }).validateOnly, true);
  });

  it('takes null for "not set"', () => {
    assert.equal(refusal(message({ notification: null, android: { ttl: null } })), undefined);
  });

  const wrong: readonly (readonly [what: string, request: unknown, field: string, byFcm: boolean])[] = [
    ['no target', { message: { notification: { title: 't' } } }, 'message', true],
    ['two targets', message({ topic: 'news' }), 'message', true],
    ['an empty token', { message: { token: '' } }, 'message.token', true],
    ['a token with a space', { message: { token: 'a b' } }, 'message.token', true],
    ['an empty FID', { message: { fid: '' } }, 'message.fid', true],
    ['a malformed topic', { message: { topic: 'a b' } }, 'message.topic', true],
    ['a reserved data key', message({ data: { from: 'x' } }), 'message.data', true],
    ['a reserved data prefix', message({ data: { 'google.x': 'x' } }), 'message.data', true],
    ['a ttl above four weeks', message({ android: { ttl: '2419201s' } }), 'message.android.ttl', true],
    ['a negative ttl', message({ android: { ttl: '-1s' } }), 'message.android.ttl', true],
    [
      'a long collapse id',
      message({ apns: { headers: { 'apns-collapse-id': '가'.repeat(22) } } }),
      'message.apns.headers.apns-collapse-id',
      true,
    ],
    ['an unknown field', message({ titel: 't' }), 'message', false],
    ['an unknown field of android', message({ android: { data: {}, tag: 't' } }), 'message.android', false],
    ['an unknown field of the request', { message: { token: 't' }, dryRun: true }, '', false],
    ['a number in data', message({ data: { a: 'x', b: 12 } }), 'message.data[1].value', false],
    ['data that is a list', message({ data: [] }), 'message.data', false],
    ['a title that is a number', message({ notification: { title: 1 } }), 'message.notification.title', false],
    ['a priority that is none', message({ android: { priority: 'urgent' } }), 'message.android.priority', false],
    ['a ttl without a unit', message({ android: { ttl: '60' } }), 'message.android.ttl', false],
    ['a message that is text', { message: 'hi' }, 'message', false],
    ['a list', [], '', false],
    ['__proto__ as a field', JSON.parse('{"message":{"token":"t","__proto__":{"a":1}}}'), 'message', false],
  ];
  for (const [what, request, field, byFcm] of wrong) {
    it(`refuses ${what}`, () => {
      const found = refusal(request);
      assert.deepEqual([found?.fields[0], found?.byFcm], [field, byFcm], found?.text);
    });
  }

  it('refuses what is not JSON or not UTF-8', () => {
    for (const body of [Buffer.from('{'), Buffer.from(''), Buffer.from([0x22, 0xff, 0x22])]) {
      assert.equal(parseMessage(body).refusal?.head.status, 400);
    }
  });

  it('allows 4,096 octets of payload and refuses 4,097, in UTF-8', () => {
    const sized = (bytes: number): object =>
      message({ data: { k: `${'가'.repeat(1000)}${'x'.repeat(bytes - 3001)}` } });
    assert.equal(refusal(sized(4096)), undefined);
    assert.match(refusal(sized(4097))?.text ?? '', /"message": "Message too big"/);
  });

  it('counts the largest platform, not their sum', () => {
    const common = { notification: { title: 'ab' }, data: { k: 'v' } };
    assert.equal(payloadBytes(common), 9);
    assert.equal(payloadBytes({ ...common, android: { ttl: '1s', notification: { tag: 'xy' } } }), 14);
    assert.equal(
      payloadBytes({ ...common, android: { data: { a: 'b' } }, apns: { payload: { n: [1, true, null] } } }),
      19,
    );
  });

  it('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, field) => {
        parse(value);
        parse({ message: value });
        parse(message({ data: value, android: { notification: field }, apns: field, webpush: value }));
      }),
    );
  });

  it('finds the tag of the first platform that sets one', () => {
    const android = { notification: { tag: 'a' } };
    const apns = { headers: { 'apns-collapse-id': 'i' } };
    const webpush = { notification: { tag: 'w' } };
    assert.deepEqual(
      [tagOf({ android, apns, webpush }), tagOf({ apns, webpush }), tagOf({ webpush }), tagOf({})],
      ['a', 'i', 'w', undefined],
    );
  });

  it('finds the content wherever it is set', () => {
    const apns = { payload: { aps: { alert: { title: 'apple', body: 'b' } } } };
    assert.deepEqual(contentOf({ notification: { title: 'all' }, apns, data: { k: 'v' } }), {
      title: 'all',
      body: 'b',
      image: null,
      data: { k: 'v' },
    });
  });
});
