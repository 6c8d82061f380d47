import assert from 'node:assert/strict';
import type { Push, SendResult } from '../../../../functions/src/contract/push.ts';
import {
  assembleSender,
  createSender,
  type OpenSender,
  type SenderOptions,
  type SenderParts,
} from '../../../../functions/src/google/fcm/sender.ts';
import { startTestServer, type TestServer } from './server.ts';

const log = { info() {}, warn() {}, error() {} };
const OPTIONS: SenderOptions = { transport: 'direct', projectId: 'demo-push', deadlineMs: 30_000, log };

const PUSH: Push = {
  address: { token: 'a' },
  title: 't',
  body: 'b',
  data: {},
  tag: 'abcdefghijklmnopqrstuv',
  android: {},
  apns: {},
  webpush: {},
};

async function sendOne(sender: OpenSender): Promise<SendResult[]> {
  const results: SendResult[] = [];
  await sender.send([PUSH], (_index, result) => results.push(result));
  return results;
}

describe('the options of a sender', () => {
  it('take a simulator for a demo project alone', async () => {
    const emulatorHost = '127.0.0.1:1';
    assert.throws(() => createSender({ ...OPTIONS, emulatorHost, projectId: 'production' }), RangeError);
    assert.throws(() => createSender({ ...OPTIONS, emulatorHost, projectId: 'mydemo-push' }), RangeError);
    const sender = createSender({ ...OPTIONS, emulatorHost, deadlineMs: 100 });
    assert.deepEqual(await sendOne(sender), [{ kind: 'notSent' }]);
    await sender.close();
  });

  it('give FCM at least 10 s', async () => {
    assert.throws(() => createSender({ ...OPTIONS, deadlineMs: 9_999 }), RangeError);
    await createSender({ ...OPTIONS, deadlineMs: 10_000 }).close();
  });
});

for (const transport of ['direct', 'sendEach'] as const) {
  describe(`a sender (${transport})`, () => {
    let server: TestServer;
    let sender: OpenSender;
    beforeEach(async () => (server = await startTestServer()));
    afterEach(async () => {
      await sender.close();
      await server.close();
    });

    function open(parts: Partial<SenderParts> = {}): void {
      const common = { transport, projectId: 'demo-push', deadlineMs: 500, log, target: { origin: server.origin } };
      sender = assembleSender({ ...common, tokens: () => Promise.resolve('secret'), ...parts });
    }

    const refusals: readonly [name: string, error: Error, result: SendResult][] = [
      ['no credentials', new Error('Could not load the default credentials'), { kind: 'refused', code: 'CREDENTIALS' }],
      [
        'credentials that Google refuses',
        Object.assign(new Error('invalid_grant'), { status: 400, code: '400' }),
        { kind: 'refused', code: 'CREDENTIALS' },
      ],
      ['Google overloaded', Object.assign(new Error('busy'), { status: 503 }), { kind: 'notSent' }],
      ['no way to Google', Object.assign(new Error('x'), { code: 'ENOTFOUND' }), { kind: 'notSent' }],
    ];
    for (const [name, error, result] of refusals) {
      it(`sends nothing without an access token: ${name}`, async () => {
        open({ tokens: () => Promise.reject(error) });
        assert.deepEqual(await sendOne(sender), [result]);
        assert.equal(server.sessions.length, 0);
      });
    }

    it('sends nothing where the access token does not come', async () => {
      open({ tokens: () => new Promise(() => {}) });
      assert.deepEqual(await sendOne(sender), [{ kind: 'notSent' }]);
      assert.equal(server.sessions.length, 0);
    });

    it('goes with the token of the hour', async () => {
      await server.close();
      server = await startTestServer({ prompt: true });
      let token = 'first';
      open({ tokens: () => Promise.resolve(token) });
      await sendOne(sender);
      token = 'second';
      await sendOne(sender);
      assert.deepEqual(server.authorizations, ['Bearer first', 'Bearer second']);
    });

    it('gives a result to what is under way before it closes, and sends nothing afterwards', async () => {
      open();
      const sending = sendOne(sender);
      const closing = Promise.all([sender.close(), sender.close()]);
      assert.deepEqual(await sendOne(sender), [{ kind: 'notSent' }]);
      while (server.waiting.length === 0) await new Promise(setImmediate);
      server.answer();
      assert.deepEqual(await sending, [{ kind: 'accepted' }]);
      await closing;
    });
  });
}
