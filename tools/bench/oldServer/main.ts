// The old server's ways of sending, in a process of their own: the SDK's `send`, awaited one by one or all at once, and
// `sendEachForMulticast` of one chunk after the other in some worker threads.

import { readFileSync } from 'node:fs';
import type https from 'node:https';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getMessaging, type Messaging, type Message } from 'firebase-admin/messaging';
import { generatePersonal } from '../../personal/generate.ts';
import { redirectHttp2 } from '../redirect.ts';

const CHUNK = 500;
const THREADS = 4;

interface Told {
  accepted: number;
  failed: number;
}

const argv = isMainThread ? process.argv.slice(2) : (workerData as { args: string[] }).args;
const { values } = parseArgs({
  args: argv,
  options: {
    /** host:port of the simulator, cleartext. */
    fcm: { type: 'string', default: '' },
    /** host:port of the same with TLS, and the file of its certificate. */
    tls: { type: 'string', default: '' },
    certificate: { type: 'string', default: '' },
    messages: { type: 'string', default: '0' },
    way: { type: 'string', default: '' },
  },
});

const credential = { getAccessToken: async () => ({ access_token: 'owner', expires_in: 3_600 }) };

function* messages(): Generator<Message & { token: string }> {
  const sample = { recipients: Number(values.messages), seed: 11, faults: {}, members: null };
  for (const { title, body, to } of generatePersonal(sample)) {
    const { token, fid } = to.addresses[0] ?? {};
    yield { token: token ?? fid ?? '', notification: { title, body } };
  }
}

/** The SDK's `send` speaks HTTP/1.1 over TLS to fcm.googleapis.com alone, and looks `request` up when it is called. */
function redirectHttps(): void {
  const [host = '', port = ''] = values.tls.split(':');
  const module = createRequire(import.meta.url)('node:https') as typeof https;
  const { request } = module;
  const to = { host, hostname: host, port, ca: readFileSync(values.certificate), servername: 'fcm.googleapis.com' };
  module.request = ((options: https.RequestOptions, callback?: () => void) =>
    request({ ...options, ...to }, callback)) as typeof https.request;
}

async function sendEach(messaging: Messaging, atOnce: boolean): Promise<Told> {
  const told = { accepted: 0, failed: 0 };
  const send = async (message: Message): Promise<void> => {
    try {
      await messaging.send(message);
      told.accepted += 1;
    } catch {
      told.failed += 1;
    }
  };
  if (atOnce) await Promise.all(Array.from(messages(), send));
  else for (const message of messages()) await send(message);
  return told;
}

/** Every thread's share of the chunks: the same message to all of a chunk. */
async function multicast(messaging: Messaging, thread: number): Promise<Told> {
  const told = { accepted: 0, failed: 0 };
  const tokens = Array.from(messages(), ({ token }) => token);
  for (let start = thread * CHUNK; start < tokens.length; start += THREADS * CHUNK) {
    const chunk = tokens.slice(start, start + CHUNK);
    const notification = { title: '봄 세일이 시작됐어요', body: '오늘 하루 전 상품을 할인합니다.' };
    const { successCount, failureCount } = await messaging.sendEachForMulticast({ tokens: chunk, notification });
    told.accepted += successCount;
    told.failed += failureCount;
  }
  return told;
}

async function inThreads(): Promise<Told> {
  const told = await Promise.all(
    Array.from({ length: THREADS }, (_, thread) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { args: argv, thread } });
      return new Promise<Told>((resolve, reject) => worker.once('message', resolve).once('error', reject));
    }),
  );
  return told.reduce((sum, one) => ({ accepted: sum.accepted + one.accepted, failed: sum.failed + one.failed }));
}

async function main(): Promise<void> {
  if (!isMainThread) {
    redirectHttp2(values.fcm);
    const messaging = getMessaging(initializeApp({ projectId: 'demo-push', credential }));
    parentPort?.postMessage(await multicast(messaging, (workerData as { thread: number }).thread), []);
    return;
  }
  const startedAtMs = performance.now();
  let told: Told;
  if (values.way === 'multicast') {
    told = await inThreads();
  } else {
    redirectHttps();
    const app = initializeApp({ projectId: 'demo-push', credential });
    told = await sendEach(getMessaging(app), values.way === 'at-once');
    await deleteApp(app);
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const { user, system } = process.cpuUsage();
  const result = { ...told, seconds, cpuMs: (user + system) / 1_000 };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

await main();
