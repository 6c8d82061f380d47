import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { mock } from 'node:test';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getMessaging, type BatchResponse } from 'firebase-admin/messaging';
import type { Exchange } from '../../functions/src/google/fcm/exchange.ts';
import { toAdminMessage } from '../../functions/src/google/fcm/message.ts';
import { SdkBatch, type Post } from '../../functions/src/google/fcm/sdkHttp2.ts';
import { sendEachSender } from '../../functions/src/google/fcm/sendEach.ts';
import type { Transport } from '../../functions/src/google/fcm/transport.ts';
import type { SendResult } from '../../functions/src/contract/push.ts';
import { pushTo, quietLog } from './senderStand.ts';

/** What sdkHttp2.ts relies on in the installed firebase-admin: an upgrade that changes it fails here. */
describe('firebase-admin behind our own connections', () => {
  const app = initializeApp(
    { projectId: 'demo-push', credential: { getAccessToken: async () => ({ access_token: 'secret', expires_in: 0 }) } },
    'senderSdk.test',
  );
  after(() => deleteApp(app));

  const messages = [toAdminMessage(pushTo('a')), toAdminMessage(pushTo('b'))];

  async function sendEach(post: Post): Promise<{ batch: SdkBatch; answer: BatchResponse }> {
    const batch = new SdkBatch(post);
    const answer = await batch.around(() => getMessaging(app).sendEach(messages));
    return { batch, answer };
  }

  const ends: readonly [name: string, exchange: Exchange][] = [
    ['404', { kind: 'answered', status: 404, body: '{"error":{"status":"NOT_FOUND","message":"x"}}' }],
    ['429', { kind: 'answered', status: 429, body: '{"error":{}}', retryAfter: '60' }],
    ['503', { kind: 'answered', status: 503, body: '{"error":{"status":"UNAVAILABLE"}}', retryAfter: '1' }],
    ['502 in HTML', { kind: 'answered', status: 502, body: '<html>' }],
    ['204', { kind: 'answered', status: 204, body: '' }],
    ['200 in HTML', { kind: 'answered', status: 200, body: '<html>' }],
    ['200 without a body', { kind: 'answered', status: 200, body: '' }],
    ['no answer in time', { kind: 'lost', reason: 'timed-out' }],
    ['a lost connection', { kind: 'lost', reason: 'connection-lost' }],
    ['not sent', { kind: 'notSent' }],
  ];
  for (const [name, exchange] of ends) {
    it(`makes one request of each message and gives back what came of it: ${name}`, async () => {
      const { batch, answer } = await sendEach(() => Promise.resolve(exchange));
      assert.equal(batch.requests, messages.length);
      for (const { success, error } of answer.responses) {
        assert.equal(success, false);
        assert.equal(batch.exchangeOf(error), exchange);
      }
    });
  }

  it('gives the name of what was accepted, in the order of the messages', async () => {
    const { answer } = await sendEach((_headers, body) => {
      const { message } = JSON.parse(body.toString()) as { message: { token: string } };
      return Promise.resolve({ kind: 'answered', status: 200, body: JSON.stringify({ name: `n-${message.token}` }) });
    });
    assert.deepEqual(
      answer.responses.map(({ messageId }) => messageId),
      ['n-a', 'n-b'],
    );
  });

  it('asks for the path and with the token that FCM wants', async () => {
    const { answer } = await sendEach((headers) => {
      assert.equal(headers[':path'], '/v1/projects/demo-push/messages:send');
      assert.equal(headers[':method'], 'POST');
      assert.equal(headers['Authorization'], 'Bearer secret');
      assert.equal(headers[':scheme'], undefined);
      return Promise.resolve({ kind: 'answered', status: 200, body: '{"name":"n"}' });
    });
    assert.equal(answer.successCount, messages.length);
  });

  it('waits longer than its own 15 s, and does not ask again', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    try {
      const answers: ((exchange: Exchange) => void)[] = [];
      const sending = sendEach(() => new Promise((resolve) => answers.push(resolve)));
      await new Promise(setImmediate);
      mock.timers.tick(100_000);
      await new Promise(setImmediate);
      assert.equal(answers.length, messages.length);
      for (const settle of answers) settle({ kind: 'answered', status: 200, body: '{"name":"n"}' });
      assert.equal((await sending).answer.successCount, messages.length);
    } finally {
      mock.timers.reset();
    }
  });

  it('leaves http2.connect as it was', async () => {
    const { connect } = http2;
    const batch = new SdkBatch(() => Promise.resolve({ kind: 'notSent' }));
    const sending = batch.around(() => getMessaging(app).sendEach(messages));
    assert.equal(http2.connect, connect);
    await sending;
    assert.throws(() => batch.around(() => assert.fail('thrown')), /thrown/);
    assert.equal(http2.connect, connect);
  });

  it('lets no request out once the batch has ended', async () => {
    const batch = new SdkBatch(() => assert.fail('posted'));
    const sending = batch.around(() => getMessaging(app).sendEach(messages));
    batch.end();
    for (const { error } of (await sending).responses) assert.deepEqual(batch.exchangeOf(error), { kind: 'notSent' });
    assert.equal(batch.requests, 0);
  });

  it('is refused where the SDK opens no connection within the call, or more than one', () => {
    for (const connections of [0, 2]) {
      const batch = new SdkBatch(() => assert.fail('posted'));
      const call = (): Promise<void> => {
        for (let made = 0; made < connections; made += 1) http2.connect('https://fcm.googleapis.com');
        return Promise.resolve();
      };
      assert.throws(() => batch.around(call), new RegExp(`opened ${connections} connections`));
    }
  });

  it('that never settles is given up a second after the deadline', async () => {
    const pool = { post: () => new Promise(() => {}) } as unknown as Transport['pool'];
    const judge: Transport['judge'] = () => assert.fail('judged');
    const tokens: Transport['tokens'] = () => Promise.resolve('secret');
    const adapter = sendEachSender({ projectId: 'demo-push', deadlineMs: 100, pool, tokens, judge, log: quietLog });
    const results: SendResult[] = [];
    await adapter.send([pushTo('a'), pushTo('b')], (index, result) => (results[index] = result));
    await adapter.close();
    const inDoubt: SendResult = { kind: 'ambiguous', reason: 'timed-out' };
    assert.deepEqual(results, [inDoubt, inDoubt]);
  });
});
