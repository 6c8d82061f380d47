// The old server's ways of sending, in a process of their own: the SDK's `send`, awaited one by one or all at once.

import type http from 'node:http';
import type https from 'node:https';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import { generatePersonal } from '../../personal/generate.ts';

const { values } = parseArgs({
  options: { fcm: { type: 'string' }, messages: { type: 'string' }, way: { type: 'string' } },
});
const [host = '', port = ''] = (values.fcm ?? '').split(':');
// The SDK's `send` speaks HTTP/1.1 over TLS to fcm.googleapis.com alone, and looks `request` up when it is called.
const modules = createRequire(import.meta.url);
const plain = modules('node:http') as typeof http;
const agent = new plain.Agent({ keepAlive: true });
const toSimulator = (options: https.RequestOptions, callback?: (response: http.IncomingMessage) => void) =>
  plain.request({ ...options, protocol: 'http:', host, hostname: host, port, agent } as http.RequestOptions, callback);
(modules('node:https') as typeof https).request = toSimulator as typeof https.request;

const credential = { getAccessToken: async () => ({ access_token: 'owner', expires_in: 3_600 }) };
const app = initializeApp({ projectId: 'demo-push', credential });
const messaging = getMessaging(app);

function* messages() {
  const sample = { recipients: Number(values.messages), seed: 11, faults: {}, members: null };
  for (const { title, body, to } of generatePersonal(sample)) {
    const { token, fid } = to.addresses[0] ?? {};
    yield { token: token ?? fid ?? '', notification: { title, body } };
  }
}

let accepted = 0;
let failed = 0;
async function send(message: { token: string; notification: { title: string; body: string } }): Promise<void> {
  try {
    await messaging.send(message);
    accepted += 1;
  } catch {
    failed += 1;
  }
}

const startedAtMs = performance.now();
if (values.way === 'awaited') for (const message of messages()) await send(message);
else await Promise.all(Array.from(messages(), send));
const seconds = (performance.now() - startedAtMs) / 1_000;
process.stdout.write(`${JSON.stringify({ accepted, failed, seconds })}\n`);
agent.destroy();
await deleteApp(app);
