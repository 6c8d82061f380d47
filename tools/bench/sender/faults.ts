import { setTimeout as delay } from 'node:timers/promises';
import { EMULATOR_TOKENS } from '../../../functions/src/google/fcm/accessToken.ts';
import { assembleSender } from '../../../functions/src/google/fcm/sender.ts';
import { startFcmSimulator } from '../../../simulators/fcm/simulator.ts';
import type { Push } from '../../../functions/src/contract/push.ts';

/*
 * Meets one adapter with every way in which FCM or the network can end a message, and prints one line of JSON. That
 * each result is the right one is what test/conformance checks; here it is counted what must never be.
 */

/** Behaviours of simulators/fcm/README.md. */
const PREFIXES = `
  accept dead malformed badpayload toobig mismatch apns unauthenticated forbidden
  quota quota-30 devicequota internal unavailable unavailable-60 html ok200html
  hang-20000 never lost lost-8 acceptdrop empty200 headersreset halfbody
  goaway drop reset-0 reset-2 reset-7 reset-8 reset-11 cutoff after-300-dead
`
  .trim()
  .split(/\s+/);
const BATCH = 150;
const CULPRIT = 40;
const DEADLINE_MS = 1_000;
/** What the port allows on top of the deadline. */
const SLACK_MS = 2_000;

export interface Faults {
  /** Batches sent: each behaviour with one culprit among 150, and with all. */
  readonly rows: number;
  /** Batches without all results within the deadline and 2 s. */
  readonly hangs: number;
  readonly unhandled: number;
  /** Rows that left a connection or a timer. */
  readonly leaks: number;
  /** POSTs beyond the first to one address. */
  readonly doublePosts: number;
}

type Counts = { -readonly [K in keyof Faults]: Faults[K] };

function pushTo(token: string): Push {
  return {
    address: { token },
    title: 't',
    body: 'b',
    data: {},
    tag: '0'.repeat(22),
    android: {},
    apns: {},
    webpush: {},
  };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

async function meet(transport: 'direct' | 'sendEach', tokens: readonly string[], counts: Counts): Promise<void> {
  const simulator = await startFcmSimulator({});
  const timersBefore = timers();
  const log = { info(): void {}, warn(): void {}, error(): void {} };
  const target = { origin: new URL(`http://${simulator.endpoint}`) };
  const parts = { projectId: 'demo-bench', deadlineMs: DEADLINE_MS, log, tokens: EMULATOR_TOKENS, target };
  const sender = assembleSender({ ...parts, transport });
  let results = 0;
  const sent = sender.send(tokens.map(pushTo), () => (results += 1));
  const inTime = await within(DEADLINE_MS + SLACK_MS, sent);
  if (!inTime || results !== tokens.length) counts.hangs += 1;
  await within(SLACK_MS, sender.close());
  for (let ms = 0; ms < SLACK_MS && simulator.connections.connections.open > 0; ms += 10) await delay(10);
  const connectionsLeft = simulator.connections.connections.open;
  const posts = Map.groupBy(simulator.recorder.arrivals.select({}), ({ address }) => address);
  for (const { length } of posts.values()) counts.doublePosts += length - 1;
  await simulator.close();
  if (connectionsLeft > 0 || timers() > timersBefore) counts.leaks += 1;
  counts.rows += 1;
}

/** Whether it settled within the time; leaves no timer behind. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const done = new AbortController();
  const late = delay(ms, false, { signal: done.signal }).catch(() => false);
  const inTime = await Promise.race([work.then(() => true), late]);
  done.abort();
  return inTime;
}

async function main(transport: 'direct' | 'sendEach'): Promise<void> {
  const counts: Counts = { rows: 0, hangs: 0, unhandled: 0, leaks: 0, doublePosts: 0 };
  process.on('unhandledRejection', () => (counts.unhandled += 1));
  for (const prefix of PREFIXES) {
    const one = Array.from({ length: BATCH }, (_, n) => `${n === CULPRIT ? prefix : 'accept'}:${n}`);
    const all = Array.from({ length: BATCH }, (_, n) => `${prefix}:${n}`);
    await meet(transport, one, counts);
    await meet(transport, all, counts);
  }
  process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0));
}

process.stdin.on('close', () => process.exit(1)).resume();
await main(process.argv[2] === 'sendEach' ? 'sendEach' : 'direct');
