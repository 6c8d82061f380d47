import http2 from 'node:http2';
import { initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import { loadOf } from '../../../functions/src/core/inFlight.ts';
import { toAdminMessage, toWireJson } from '../../../functions/src/google/fcm/message.ts';
import { createSender } from '../../../functions/src/google/fcm/sender.ts';
import { processVitals, systemClock } from '../../../functions/src/google/system.ts';
import { inFlight } from '../../../functions/src/stages/inFlight.ts';
import type { Push, SendResult } from '../../../functions/src/contract/push.ts';
import { redirectHttp2 } from '../redirect.ts';
import { BARE_CALLS, type LoadSpec, type Way } from './spec.ts';

const PROJECT = 'demo-bench';
const MIB = 1_048_576;
/** As a function is deployed, see functions/src/config.ts. */
const INSTANCE = { most: 8_000, memoryBytes: 512 * MIB, deadlineMs: 30_000 };
/** More than any way reaches: what bounds it is then itself. */
const ANY_RATE = 50_000;

const ACCEPTED: SendResult = { kind: 'accepted' };
const FAILED: SendResult = { kind: 'notSent' };

export type OnResult = (index: number, result: SendResult) => void;

/** Waits for room, then sends; `done` settles with the batch. */
export type Offer = (pushes: readonly Push[], onResult: OnResult) => Promise<{ readonly done: Promise<void> }>;

export function openWay(spec: LoadSpec): Offer {
  const make: Record<Way, () => Offer> = {
    direct: () => adapter('direct', spec),
    sendEach: () => adapter('sendEach', spec),
    'raw node:http2': () => rawHttp2(spec.fcm),
    'bare sendEach': () => bareSendEach(spec),
  };
  return make[spec.way]();
}

/** The product's sender behind its in-flight control, as a range uses them. */
function adapter(transport: 'direct' | 'sendEach', { fcm, perSecond }: LoadSpec): Offer {
  const log = { info(): void {}, warn(): void {}, error: (event: string) => process.stderr.write(`${event}\n`) };
  const { deadlineMs, ...bounds } = INSTANCE;
  const sender = createSender({ transport, projectId: PROJECT, emulatorHost: fcm, deadlineMs, log });
  const control = inFlight({ ...bounds, perSecond: perSecond ?? ANY_RATE }, systemClock, processVitals());
  return async (pushes, onResult) => {
    const permit = await control.acquire(loadOf(pushes.map((push) => ({ push }))));
    const sent = sender.send(pushes, (index, result) => {
      onResult(index, result);
      permit.answered(result);
    });
    return { done: sent.finally(() => permit.release()) };
  };
}

/** A fixed number of batches at once. */
function atOnce(limit: number, send: (pushes: readonly Push[], onResult: OnResult) => Promise<void>): Offer {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async (pushes, onResult) => {
    while (taken >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    taken += 1;
    const done = send(pushes, onResult).finally(() => {
      taken -= 1;
      waiting.shift()?.();
    });
    return { done };
  };
}

/** As many as fill the raw sessions' streams. */
const RAW_BATCHES = 4;
const RAW_SESSIONS = 20;

/** The least that one POST takes on node:http2: no deadline, no pool, no judgement, bodies made beforehand. */
function rawHttp2(fcm: string): Offer {
  const sessions = Array.from({ length: RAW_SESSIONS }, () => http2.connect(`http://${fcm}`));
  const headers = {
    ':method': 'POST',
    ':path': `/v1/projects/${PROJECT}/messages:send`,
    authorization: 'Bearer owner',
    'content-type': 'application/json',
  };
  const bodies = new WeakMap<Push, Buffer>();
  const bodyOf = (push: Push): Buffer => {
    const body = bodies.get(push) ?? Buffer.from(toWireJson(push));
    bodies.set(push, body);
    return body;
  };
  let next = 0;
  const post = (push: Push): Promise<SendResult> =>
    new Promise((resolve) => {
      next += 1;
      const stream = sessions[next % RAW_SESSIONS]?.request(headers);
      let status = 0;
      stream?.on('response', (answer) => (status = answer[':status'] ?? 0));
      stream?.on('close', () => resolve(status === 200 ? ACCEPTED : FAILED));
      stream?.resume().end(bodyOf(push));
    });
  return atOnce(RAW_BATCHES, async (pushes, onResult) => {
    await Promise.all(pushes.map(async (push, index) => onResult(index, await post(push))));
  });
}

/** firebase-admin as anybody uses it; only the server is another one, and the malformed `:scheme` is mended. */
function bareSendEach({ fcm, calls }: LoadSpec): Offer {
  redirectHttp2(fcm);
  const credential = { getAccessToken: () => Promise.resolve({ access_token: 'owner', expires_in: 3_600 }) };
  const messaging = getMessaging(initializeApp({ projectId: PROJECT, credential }));
  return atOnce(calls ?? BARE_CALLS, async (pushes, onResult) => {
    const { responses } = await messaging.sendEach(pushes.map(toAdminMessage));
    for (const [index, { success }] of responses.entries()) onResult(index, success ? ACCEPTED : FAILED);
  });
}
