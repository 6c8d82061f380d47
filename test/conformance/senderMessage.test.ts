import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import type { Push } from '../../functions/src/contract/push.ts';
import type { SendMode } from '../../functions/src/ports.ts';
import { SdkBatch } from '../../functions/src/google/fcm/sdkHttp2.ts';
import { toAdminMessage, toWireJson } from '../../functions/src/google/fcm/message.ts';

const text = fc.string({ minLength: 1, maxLength: 20 });
const color = fc.constantFrom('#f00ba4', '#000000');
const url = fc.constantFrom('https://example.com/a.png', 'https://example.com/b');

/** Records with any of their fields missing. */
function partial(model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  return fc.record(model, { requiredKeys: [] });
}

const anyPush = fc.record(
  {
    address: fc.oneof(fc.record({ token: text }), fc.record({ fid: text })),
    title: text,
    body: text,
    imageUrl: url,
    data: fc.dictionary(text, text, { maxKeys: 3 }),
    tag: fc.stringMatching(/^[A-Za-z0-9_-]{22}$/),
    android: partial({
      priority: fc.constantFrom('normal', 'high'),
      ttlSeconds: fc.integer({ min: 0, max: 2_419_200 }),
      channelId: text,
      clickAction: text,
      color,
      icon: text,
      sound: text,
    }),
    apns: partial({
      badge: fc.nat(),
      sound: text,
      category: text,
      threadId: text,
      mutableContent: fc.boolean(),
    }),
    webpush: partial({ link: url, icon: url }),
  },
  { requiredKeys: ['address', 'title', 'body', 'data', 'tag', 'android', 'apns', 'webpush'] },
) as fc.Arbitrary<Push>;

const FULL: Push = {
  address: { token: 't' },
  title: 'title',
  body: 'body',
  imageUrl: 'https://example.com/a.png',
  data: { deeplink: 'app://sale' },
  tag: 'abcdefghijklmnopqrstuv',
  android: {
    priority: 'high',
    ttlSeconds: 3600,
    channelId: 'c',
    clickAction: 'a',
    color: '#f00ba4',
    icon: 'i',
    sound: 's',
  },
  apns: { badge: 1, sound: 'ping', category: 'c', threadId: 'th', mutableContent: true },
  webpush: { link: 'https://example.com', icon: 'https://example.com/i.png' },
};

describe('a push on the wire', () => {
  const app = initializeApp(
    { projectId: 'demo-push', credential: { getAccessToken: async () => ({ access_token: 't', expires_in: 0 }) } },
    'senderMessage.test',
  );
  after(() => deleteApp(app));

  async function throughSdk(pushes: readonly Push[], mode: SendMode = 'deliver'): Promise<unknown[]> {
    const bodies: unknown[] = [];
    const batch = new SdkBatch((_headers, body) => {
      bodies.push(JSON.parse(body.toString()));
      return Promise.resolve({ kind: 'notSent' });
    });
    await batch.around(() => getMessaging(app).sendEach(pushes.map(toAdminMessage), mode === 'validate'));
    return bodies;
  }

  it('is the same JSON from both adapters', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPush, { minLength: 1, maxLength: 20 }), async (pushes) => {
        const direct: unknown[] = pushes.map((push) => JSON.parse(toWireJson(push)));
        assert.deepEqual(await throughSdk(pushes), direct);
      }),
    );
  });

  it('asks for a check alone in the same words', async () => {
    const [body] = await throughSdk([FULL], 'validate');
    assert.deepEqual(body, JSON.parse(toWireJson(FULL, 'validate')));
    assert.equal((body as { validate_only: unknown }).validate_only, true);
  });

  it('keeps data keys that the SDK would drop', async () => {
    const data = { constructor: 'a', prototype: 'b', ['__proto__']: 'c', from: 'd' };
    const [body] = await throughSdk([{ ...FULL, data }]);
    assert.deepEqual(body, JSON.parse(toWireJson({ ...FULL, data })));
    assert.equal(Object.keys((body as { message: { data: object } }).message.data).length, 4);
  });

  it('carries every field under the name that FCM has for it', () => {
    assert.deepEqual(JSON.parse(toWireJson(FULL)), {
      message: {
        token: 't',
        notification: { title: 'title', body: 'body', image: 'https://example.com/a.png' },
        data: { deeplink: 'app://sale' },
        android: {
          priority: 'high',
          ttl: '3600s',
          notification: {
            tag: 'abcdefghijklmnopqrstuv',
            channel_id: 'c',
            click_action: 'a',
            color: '#f00ba4',
            icon: 'i',
            sound: 's',
          },
        },
        apns: {
          headers: { 'apns-collapse-id': 'abcdefghijklmnopqrstuv' },
          payload: { aps: { badge: 1, sound: 'ping', category: 'c', 'thread-id': 'th', 'mutable-content': 1 } },
          fcmOptions: { image: 'https://example.com/a.png' },
        },
        webpush: {
          headers: { Topic: 'abcdefghijklmnopqrstuv' },
          notification: { tag: 'abcdefghijklmnopqrstuv', icon: 'https://example.com/i.png' },
          fcmOptions: { link: 'https://example.com' },
        },
      },
    });
  });
});
