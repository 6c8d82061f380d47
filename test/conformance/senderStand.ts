import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { EMULATOR_TOKENS } from '../../functions/src/google/fcm/accessToken.ts';
import { POOL_LIMITS, type PoolLimits } from '../../functions/src/google/fcm/pool.ts';
import { assembleSender, type OpenSender, type SenderParts } from '../../functions/src/google/fcm/sender.ts';
import type { Push, SendResult } from '../../functions/src/contract/push.ts';
import { startFcmSimulator, type FcmSimulator, type FcmSimulatorOptions } from '../../simulators/fcm/simulator.ts';
import type { Arrival } from '../../simulators/fcm/record/arrivals.ts';

export type TransportName = SenderParts['transport'];

/** Short, so that rows in which nothing answers take no minutes. */
export const DEADLINE_MS = 1_000;
/** What issue and port allow on top of it. */
const SLACK_MS = 2_000;

export const quietLog = { info(): void {}, warn(): void {}, error(): void {} };

export function pushTo(token: string): Push {
  const tag = Buffer.from(token).toString('base64url').padEnd(22, '0').slice(0, 22);
  return { address: { token }, title: '봄 세일', body: 'b', data: {}, tag, android: {}, apns: {}, webpush: {} };
}

/** What one batch came to. */
export interface Sent {
  /** By place in the batch. */
  readonly results: readonly SendResult[];
  /** Milliseconds from the call to each result. */
  readonly afterMs: readonly number[];
}

/** Sends one push to each token, and holds the sender to what its port promises for every batch. */
export async function sendTo(sender: OpenSender, tokens: readonly string[], deadlineMs = DEADLINE_MS): Promise<Sent> {
  const startedAt = performance.now();
  const results: SendResult[] = [];
  const afterMs: number[] = [];
  await sender.send(tokens.map(pushTo), (index, result) => {
    assert.ok(!(index in results), `push ${index} got a second result: ${JSON.stringify([results[index], result])}`);
    results[index] = result;
    afterMs[index] = performance.now() - startedAt;
  });
  const tookMs = performance.now() - startedAt;
  assert.equal(Object.keys(results).length, tokens.length, 'every push gets a result');
  assert.ok(tookMs < deadlineMs + SLACK_MS, `the batch took ${Math.round(tookMs)} ms`);
  return { results, afterMs };
}

export interface StandOptions extends FcmSimulatorOptions {
  readonly deadlineMs?: number;
  readonly limits?: Partial<PoolLimits>;
  /** Over TLS, trusting the simulator's certificate. */
  readonly tls?: boolean;
}

/** A simulator and a sender that is pointed at it. */
export interface Stand {
  readonly simulator: FcmSimulator;
  readonly sender: OpenSender;
  /** Sends, and checks that the results agree with what the simulator saw. */
  readonly send: (tokens: readonly string[]) => Promise<Sent>;
  /** POSTs by address. */
  readonly posts: () => Map<string, Arrival[]>;
}

/** Runs `body` with a stand, and checks that nothing is left of the sender afterwards. */
export async function withStand(
  transport: TransportName,
  options: StandOptions,
  body: (stand: Stand) => Promise<void>,
): Promise<void> {
  await leavingNothing(() => runStand(transport, options, body));
}

async function runStand(
  transport: TransportName,
  options: StandOptions,
  body: (stand: Stand) => Promise<void>,
): Promise<void> {
  const { deadlineMs = DEADLINE_MS, limits, tls = false, ...simulatorOptions } = options;
  const simulator = await startFcmSimulator({ ...simulatorOptions, ...(tls ? { tlsPort: 0 } : {}) });
  const target = tls
    ? { origin: new URL(`https://${simulator.tlsEndpoint}`), ca: simulator.certificate ?? '' }
    : { origin: new URL(`http://${simulator.endpoint}`) };
  const sender = openSender(transport, { target, deadlineMs, limits: { ...POOL_LIMITS, ...limits } });
  const posts = (): Map<string, Arrival[]> =>
    Map.groupBy(simulator.recorder.arrivals.select({}), (post) => post.address);
  const send = async (tokens: readonly string[]): Promise<Sent> => {
    const sent = await sendTo(sender, tokens, deadlineMs);
    checkAgainst(posts(), tokens, sent.results);
    return sent;
  };
  try {
    await body({ simulator, sender, send, posts });
  } finally {
    await sender.close();
    await allGone(simulator);
    await simulator.close();
  }
}

/** Passes once the simulator has seen every connection end. */
export async function allGone({ connections }: FcmSimulator): Promise<void> {
  await until(() => connections.connections.open === 0);
  assert.equal(connections.connections.open, 0, 'connections are left');
}

export function openSender(
  transport: TransportName,
  parts: Pick<SenderParts, 'target'> & Partial<SenderParts>,
): OpenSender {
  const common = { projectId: 'demo-push', deadlineMs: DEADLINE_MS, log: quietLog, tokens: EMULATOR_TOKENS };
  return assembleSender({ ...common, ...parts, transport });
}

/** A result may be less than the truth (`ambiguous`), never other than the truth. */
function checkAgainst(
  posts: ReadonlyMap<string, readonly Arrival[]>,
  tokens: readonly string[],
  results: readonly SendResult[],
): void {
  for (const [index, token] of tokens.entries()) {
    const seen = posts.get(token) ?? [];
    const kind = results[index]?.kind;
    const [decision] = seen.map((post) => post.decision);
    assert.ok(seen.length <= 1, `${token} was posted ${seen.length} times`);
    if (kind === 'accepted') assert.equal(decision, 'accepted', `${token} is said to be accepted`);
    if (kind === 'refused') assert.notEqual(decision, 'accepted', `${token} is said to be refused`);
    // RST_STREAM with REFUSED_STREAM unsays what was seen (RFC 9113, 8.7).
    if (kind === 'notSent')
      assert.ok(decision === undefined || decision === 'RESET', `${token}: ${decision}, not sent?`);
  }
}

/** Sockets and timers that keep a process alive, by kind. */
function activeResources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /TCP|TLS|Timeout/.test(kind))
    .sort();
}

/** Runs `body`, and checks that no socket and no timer outlives it. */
export async function leavingNothing(body: () => Promise<void>): Promise<void> {
  const before = await activeResourcesNow();
  await body();
  await nothingLeft(before);
}

/** What is open before a test begins, the test runner's own timer included, which starts after the test's first await. */
async function activeResourcesNow(): Promise<string[]> {
  await sleep(0);
  return activeResources();
}

/** Passes once nothing is open that was not open before; sockets take a turn or two of the event loop to go. */
async function nothingLeft(before: readonly string[]): Promise<void> {
  await until(() => activeResources().length <= before.length);
  assert.deepEqual(activeResources(), before, 'sockets or timers are left');
}

/** Resolves when the condition holds, or after a second. */
async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 1_000;
  while (!condition() && performance.now() < giveUpAt) await sleep(10);
}
