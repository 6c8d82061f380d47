import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../functions/src/google/fcm/dial.ts';
import type { SendResult } from '../../functions/src/contract/push.ts';
import { startFcmSimulator } from '../../simulators/fcm/simulator.ts';
import { goAwayFrame, SETTINGS_FRAME, startRawServer } from './senderServers.ts';
import {
  allGone,
  DEADLINE_MS,
  leavingNothing,
  openSender,
  sendTo,
  withStand,
  type Sent,
  type TransportName,
} from './senderStand.ts';
import type { Socket } from 'node:net';

const TOKENS = Array.from({ length: 150 }, (_, index) => `accept:${index}`);

/** Servers that cannot be reached, that cannot be talked to, and connections that change or end on the way. */
export function connectionConformance(transport: TransportName): void {
  describe(`sender: ${transport}: connections`, function () {
    this.timeout(10_000);
    unreachable(transport);
    misbehaving(transport);
    changing(transport);
  });
}

/** Sends one batch to a target that is no simulator. */
async function sendOnce(transport: TransportName, target: Target): Promise<Sent> {
  const sender = openSender(transport, { target });
  try {
    return await sendTo(sender, TOKENS);
  } finally {
    await sender.close();
  }
}

function all(results: readonly SendResult[], ...kinds: readonly SendResult['kind'][]): void {
  for (const { kind } of results) assert.ok(kinds.includes(kind), `${kind} is none of ${kinds.join(', ')}`);
}

function unreachable(transport: TransportName): void {
  it('nobody listens', async () => {
    const server = await startRawServer(() => {});
    await server.close();
    const { results, afterMs } = await sendOnce(transport, { origin: server.origin });
    all(results, 'notSent');
    assert.ok(Math.max(...afterMs) < DEADLINE_MS / 2, 'it does not wait for what was refused');
  });

  it('the name does not resolve', async () => {
    all((await sendOnce(transport, { origin: new URL('http://fcm.invalid') })).results, 'notSent');
  });

  it('a certificate that nobody vouches for', async () => {
    await leavingNothing(async () => {
      const simulator = await startFcmSimulator({ tlsPort: 0 });
      const { results } = await sendOnce(transport, { origin: new URL(`https://${simulator.tlsEndpoint}`) });
      assert.equal(simulator.recorder.arrivals.length, 0);
      await allGone(simulator);
      await simulator.close();
      all(results, 'notSent');
    });
  });

  it('TLS asked of a server that speaks none', async () => {
    await leavingNothing(async () => {
      const server = await startRawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      const { results } = await sendOnce(transport, { origin: new URL(server.origin.href.replace('http:', 'https:')) });
      await server.close();
      all(results, 'notSent');
    });
  });

  it('TLS that is trusted', async () => {
    await withStand(transport, { tls: true }, async ({ send }) => all((await send(TOKENS)).results, 'accepted'));
  });
}

function misbehaving(transport: TransportName): void {
  const row = (trouble: string, kinds: readonly SendResult['kind'][], onConnection: (socket: Socket) => void): void => {
    it(trouble, async () => {
      await leavingNothing(async () => {
        const server = await startRawServer(onConnection);
        const { results } = await sendOnce(transport, { origin: server.origin });
        await server.close();
        all(results, ...kinds);
      });
    });
  };

  row('accepts and closes at once', ['notSent'], (socket) => socket.destroy());
  row('accepts and says nothing', ['notSent'], (socket) => socket.pause());
  row('speaks HTTP/1.1', ['notSent'], (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  row('takes leave before it has taken anything', ['notSent'], (socket) =>
    socket.write(Buffer.concat([SETTINGS_FRAME, goAwayFrame(0)])),
  );
  row('says SETTINGS and never reads', ['ambiguous', 'notSent'], (socket) => {
    socket.pause();
    socket.write(SETTINGS_FRAME);
  });
  row('says SETTINGS and closes', ['ambiguous', 'notSent'], (socket) => {
    socket.write(SETTINGS_FRAME);
    socket.once('data', () => setTimeout(() => socket.destroy(), 20));
  });
  row('10,000 GOAWAYs', ['ambiguous', 'notSent'], (socket) => {
    socket.write(SETTINGS_FRAME);
    const flood = Buffer.concat(Array.from({ length: 10_000 }, () => goAwayFrame(1)));
    socket.once('data', () => setTimeout(() => socket.write(flood), 20));
  });
}

function changing(transport: TransportName): void {
  it('SETTINGS with 1 stream', async () => {
    await withStand(transport, { maxConcurrentStreams: 1, limits: { connections: 4 } }, async ({ simulator, send }) => {
      all((await send(TOKENS)).results, 'accepted');
      assert.equal(simulator.connections.connections.total, 4);
    });
  });

  it('SETTINGS with no stream', async () => {
    await withStand(transport, { maxConcurrentStreams: 0 }, async ({ send }) =>
      all((await send(TOKENS)).results, 'notSent'),
    );
  });

  it('SETTINGS changed on the way', async () => {
    await withStand(transport, {}, async ({ simulator, send }) => {
      simulator.faults.put('slow', { kind: 'latency', fixedMs: 100 });
      const sending = send(TOKENS);
      await sleep(50);
      simulator.faults.put('few', { kind: 'settings', maxConcurrentStreams: 3 });
      all((await sending).results, 'accepted');
      simulator.faults.clear();
      all((await send(TOKENS.map((token) => `${token}-again`))).results, 'accepted');
    });
  });

  for (const cut of [0, 1, 60]) {
    it(`GOAWAY in the middle of a batch, ${cut} streams cut off`, async () => {
      await withStand(transport, {}, async ({ simulator, send }) => {
        await send(['accept:first']);
        simulator.connections.goAway(cut);
        const { results } = await send(TOKENS);
        all(results, 'accepted', 'notSent');
        const notSent = results.filter(({ kind }) => kind === 'notSent').length;
        assert.ok(notSent >= cut && notSent <= 100, `${notSent} were not sent`);
      });
    });
  }

  it('the connection closes in the middle of a batch', async () => {
    await withStand(transport, {}, async ({ simulator, send }) => {
      await send(['accept:first']);
      simulator.connections.closeConnections(40);
      const { results } = await send(TOKENS);
      assert.ok(
        results.some(({ kind }) => kind === 'accepted'),
        'another connection goes on',
      );
      all(results, 'accepted', 'ambiguous', 'notSent');
    });
  });

  it('FCM goes away in the middle of a batch and comes back', async () => {
    await withStand(transport, {}, async ({ simulator, send }) => {
      simulator.faults.put('slow', { kind: 'latency', fixedMs: 100 });
      const sending = send(TOKENS);
      await sleep(60);
      simulator.faults.put('gone', { kind: 'outage', mode: 'refuse' });
      all((await sending).results, 'ambiguous', 'notSent');
      all((await send(TOKENS.map((token) => `${token}-while`))).results, 'notSent');
      simulator.faults.clear();
      await sleep(50);
      all((await send(TOKENS.map((token) => `${token}-after`))).results, 'accepted');
    });
  });

  it('FCM falls silent and comes back', async () => {
    const limits = { silenceMs: 200, pingMs: 200, checkMs: 100 };
    await withStand(transport, { limits }, async ({ simulator, send }) => {
      all((await send(TOKENS)).results, 'accepted');
      simulator.faults.put('silent', { kind: 'outage', mode: 'silent' });
      await sleep(300);
      // The PING goes unanswered, so nothing is written that could be in doubt.
      all((await send(TOKENS.map((token) => `${token}-while`))).results, 'notSent');
      simulator.faults.clear();
      all((await send(TOKENS.map((token) => `${token}-after`))).results, 'accepted');
    });
  });
}
