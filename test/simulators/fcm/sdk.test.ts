import assert from 'node:assert/strict';
import type http2 from 'node:http2';
import { createRequire } from 'node:module';
import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getMessaging, type BatchResponse, type Message } from 'firebase-admin/messaging';
import { startFcmSimulator, type FcmSimulator } from '../../../simulators/fcm/simulator.ts';
import { control } from './support/client.ts';

const FCM_ORIGIN = 'https://fcm.googleapis.com';
// The SDK is CommonJS: it looks `connect` up on this very object for every call.
const sdkHttp2 = createRequire(import.meta.url)('node:http2') as { connect: typeof http2.connect };

/** Sends the SDK's sessions for FCM to the simulator; gives back how to undo it. */
function redirect(simulator: FcmSimulator): () => void {
  const original = sdkHttp2.connect;
  const redirected = (authority: string | URL, options?: http2.ClientSessionOptions): http2.ClientHttp2Session => {
    assert.equal(String(authority), FCM_ORIGIN);
    const session = original(`http://${simulator.endpoint}`, options);
    // The SDK's ':scheme' is 'https:'; node:http2 sends it as it is, and so it reaches the simulator.
    return session;
  };
  sdkHttp2.connect = redirected as typeof http2.connect;
  return () => {
    sdkHttp2.connect = original;
  };
}

const credential = { getAccessToken: async () => ({ access_token: 'local', expires_in: 3600 }) };

describe('firebase-admin as the client', () => {
  let simulator: FcmSimulator;
  let app: App;
  let undo: () => void;

  beforeEach(async () => {
    simulator = await startFcmSimulator({ accessToken: 'local', keep: 'content' });
    undo = redirect(simulator);
    app = initializeApp({ projectId: 'demo-sdk', credential }, `sdk-${simulator.endpoint}`);
  });

  afterEach(async () => {
    undo();
    await deleteApp(app);
    await simulator.close();
  });

  const sendEach = (messages: Message[], dryRun?: boolean): Promise<BatchResponse> =>
    getMessaging(app).sendEach(messages, dryRun);

  it('sends a batch of 500, each accepted under a name of its own', async () => {
    const messages = Array.from({ length: 500 }, (_, at): Message => ({
      token: `token-${at}`,
      notification: { title: `(광고) ${at}님`, body: '봄 세일' },
      android: {
        ttl: 3_600_000,
        priority: 'high',
        notification: { tag: `t-${at}`, channelId: 'sale', imageUrl: 'https://i' },
      },
      apns: { headers: { 'apns-collapse-id': `t-${at}` }, payload: { aps: { badge: 1, sound: 'default' } } },
      webpush: { notification: { tag: `t-${at}` }, fcmOptions: { link: 'https://example.com' } },
      fcmOptions: { analyticsLabel: 'spring' },
      data: { deeplink: 'app://sale' },
    }));
    const { responses, successCount } = await sendEach(messages);
    assert.equal(successCount, 500);
    assert.equal(new Set(responses.map(({ messageId }) => messageId)).size, 500);
    const { posts, duplicates, distinctAddresses } = simulator.recorder.report(0);
    assert.deepEqual([posts, duplicates, distinctAddresses], [500, 0, 500]);
    const { json } = await control(simulator, 'GET', '/devices/token-7');
    assert.equal((json['tray'] as { tag: string; content: { title: string } }[])[0]?.content.title, '(광고) 7님');
  });

  it('reads every refusal as the SDK names it', async () => {
    const expected: Record<string, string | undefined> = {
      'dead:x': 'messaging/registration-token-not-registered',
      'malformed:x': 'messaging/invalid-argument',
      'mismatch:x': 'messaging/mismatched-credential',
      'apns:x': 'messaging/third-party-auth-error',
      'quota:x': 'messaging/message-rate-exceeded',
      'internal:x': 'messaging/internal-error',
      'toobig:x': 'messaging/invalid-argument',
      fine: undefined,
    };
    const { responses } = await sendEach(Object.keys(expected).map((token) => ({ token })));
    assert.deepEqual(
      responses.map(({ error }) => error?.code),
      Object.values(expected),
    );
  });

  it('sends to a FID, and a dry run that delivers nothing', async () => {
    const { successCount } = await sendEach([{ fid: 'cRaZyFiD0123456789abcd' }], true);
    assert.equal(successCount, 1);
    const { validated, accepted } = simulator.recorder.report(0);
    assert.deepEqual([validated, accepted], [1, 0]);
  });
});
