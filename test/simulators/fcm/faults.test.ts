import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http2 from 'node:http2';
import { connect } from 'node:net';
import { latencyMs } from '../../../simulators/fcm/faults/latency.ts';
import { QuotaBucket } from '../../../simulators/fcm/faults/quota.ts';
import { startFcmSimulator, type FcmSimulator } from '../../../simulators/fcm/simulator.ts';
import { control, fcmCodeOf, send, sendAll, tokens, withSession, type Ending } from './support/client.ts';

let simulator: FcmSimulator;

const put = async (name: string, fault: object): Promise<void> => {
  const { status, json } = await control(simulator, 'PUT', `/faults/${name}`, fault);
  assert.equal(status, 200, JSON.stringify(json));
};

const remove = (name: string): Promise<unknown> => control(simulator, 'DELETE', `/faults/${name}`);

describe('server-wide faults', () => {
  beforeEach(async () => {
    simulator = await startFcmSimulator();
  });

  afterEach(() => simulator.close());

  it('behaviour: hits its share of the messages, the same ones for the same seed in any order', async () => {
    const hit = async (order: readonly string[]): Promise<string[]> => {
      await control(simulator, 'POST', '/reset', {});
      await put('some', { kind: 'behaviour', behaviour: 'unavailable-5', share: 0.2, seed: 7 });
      const failed: string[] = [];
      await withSession(simulator, async (session) => {
        const endings = await sendAll(session, order);
        for (const [at, ending] of endings.entries()) if (ending.status === 503) failed.push(order[at] ?? '');
      });
      return failed.sort();
    };
    const first = await hit(tokens(500));
    assert.ok(first.length > 60 && first.length < 140, `${first.length} of 500`);
    assert.deepEqual(await hit(tokens(500).toReversed()), first);
  });

  it('behaviour: stops after its count, and yields to the prefix of an address', async () => {
    await put('three', { kind: 'behaviour', behaviour: 'dead', count: 3 });
    await withSession(simulator, async (session) => {
      assert.equal((await send(session, { token: 'internal:x' })).status, 500);
      const statuses = (await sendAll(session, tokens(5))).map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 404).length, 3);
    });
  });

  it('any fault: ends by itself after forMs, and can be taken away before', async () => {
    await put('brief', { kind: 'behaviour', behaviour: 'dead', forMs: 60 });
    await put('long', { kind: 'behaviour', behaviour: 'internal' });
    await withSession(simulator, async (session) => {
      assert.equal((await send(session, { token: 'a' })).status, 404);
      while (simulator.faults.list().some(({ name }) => name === 'brief'))
        await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((await send(session, { token: 'b' })).status, 500);
      await remove('long');
      assert.equal((await send(session, { token: 'c' })).status, 200);
    });
  });

  it('latency: delays every answer, refusals too', async () => {
    await put('slow', { kind: 'latency', fixedMs: 80 });
    await withSession(simulator, async (session) => {
      const startMs = performance.now();
      await sendAll(session, ['a', 'dead:b']);
      assert.ok(performance.now() - startMs >= 79);
    });
  });

  it('latency: the distribution has the median and the 99th percentile that were asked for', () => {
    const fault = { kind: 'latency', p50Ms: 50, p99Ms: 900 } as const;
    const samples = Array.from({ length: 20_000 }, (_, at) => latencyMs(fault, `t${at}`, 0)).sort((a, b) => a - b);
    const at = (share: number): number => samples[Math.floor(share * samples.length)] ?? 0;
    assert.ok(Math.abs(at(0.5) - 50) <= 3, `p50 ${at(0.5)}`);
    assert.ok(Math.abs(at(0.99) - 900) <= 120, `p99 ${at(0.99)}`);
    assert.equal(latencyMs(fault, 't1', 0), latencyMs(fault, 't1', 0));
    assert.notEqual(latencyMs(fault, 't1', 0), latencyMs({ ...fault, seed: 2 }, 't1', 0));
  });

  it('quota: 429 once the bucket is empty, 4xx answers drain it too', async () => {
    await put('project', { kind: 'quota', perMinute: 3 });
    await withSession(simulator, async (session) => {
      const endings: Ending[] = [];
      for (const token of ['a', 'dead:b', 'c', 'd', 'e']) endings.push(await send(session, { token }));
      assert.deepEqual(
        endings.map(({ status }) => status),
        [200, 404, 200, 429, 429],
      );
      const retryAfter = Number(endings[3]?.headers['retry-after']);
      assert.ok(retryAfter >= 50 && retryAfter <= 60, `Retry-After ${retryAfter}`);
    });
  });

  it('quota: the bucket is full again each minute', () => {
    const bucket = new QuotaBucket(2);
    const taken = [0, 1, 59_999, 60_000, 60_001, 60_002, 200_000, 239_999, 239_999].map((atMs) => bucket.take(atMs));
    assert.deepEqual(taken, [true, true, false, true, true, false, true, true, false]);
    assert.equal(bucket.secondsToRefill(239_999), 1);
  });

  it('quota: Retry-After as told, or none', async () => {
    await put('project', { kind: 'quota', perMinute: 0, retryAfterSeconds: 17 });
    await withSession(simulator, async (session) => {
      assert.equal((await send(session, { token: 'a' })).headers['retry-after'], '17');
      await put('project', { kind: 'quota', perMinute: 0, retryAfterSeconds: null });
      assert.equal((await send(session, { token: 'a' })).headers['retry-after'], undefined);
    });
  });

  it('credentials: 401 or 403 for the sender, without an FCM error code', async () => {
    for (const status of [401, 403]) {
      await put('key', { kind: 'credentials', status, count: 1 });
      await withSession(simulator, async (session) => {
        const refused = await send(session, { token: 'dead:x' });
        assert.deepEqual([refused.status, fcmCodeOf(refused)], [status, undefined]);
        assert.equal((await send(session, { token: 'x' })).status, 200);
      });
    }
  });

  it('outage, unavailable: 503 for all', async () => {
    await put('down', { kind: 'outage', mode: 'unavailable' });
    await withSession(simulator, async (session) => {
      assert.equal((await send(session, { token: 'x' })).status, 503);
    });
  });

  it('outage, refuse: resets what is open, refuses what comes, and is back on the same port', async () => {
    await withSession(simulator, async (session) => {
      const pending = send(session, { token: 'hang-60000:x' });
      await send(session, { token: 'x' });
      const closed = new Promise((resolve) => session.on('close', resolve));
      await put('down', { kind: 'outage', mode: 'refuse' });
      await closed;
      assert.equal((await pending).status, undefined);
    });
    const { hostname, port } = new URL(`http://${simulator.endpoint}`);
    const [error] = (await once(connect(Number(port), hostname), 'error').catch((error: unknown) => [error])) as [
      NodeJS.ErrnoException,
    ];
    assert.equal(error.code, 'ECONNREFUSED');
    await remove('down');
    await withSession(simulator, async (session) => {
      assert.equal((await send(session, { token: 'y' })).status, 200);
    });
  });

  it('outage, silent: connections are taken and nothing is read, until it ends', async () => {
    await withSession(simulator, async (old) => {
      await send(old, { token: 'before' });
      await put('dark', { kind: 'outage', mode: 'silent' });
      await withSession(simulator, async (fresh) => {
        const pending = [send(old, { token: 'a' }), send(fresh, { token: 'b' })];
        await once(fresh, 'connect');
        const { json } = await control(simulator, 'GET', '/report');
        assert.deepEqual([json['posts'], (json['connections'] as { open: number }).open], [1, 2]);
        await remove('dark');
        assert.deepEqual(
          (await Promise.all(pending)).map(({ status }) => status),
          [200, 200],
        );
      });
    });
  });

  it('outage, silent: what falls due meanwhile is answered after it, over HTTP/1.1 too', async () => {
    await withSession(simulator, async (session) => {
      const order: string[] = [];
      const due = send(session, { token: 'hang-40:a' }).then(() => order.push('due'));
      await send(session, { token: 'b' });
      await put('dark', { kind: 'outage', mode: 'silent' });
      const url = `http://${simulator.endpoint}/v1/projects/demo-test/messages:send`;
      const other = fetch(url, { method: 'POST' }).then(() => order.push('HTTP/1.1'));
      await new Promise((resolve) => setTimeout(resolve, 120));
      order.push('end of the outage');
      await remove('dark');
      await Promise.all([due, other]);
      assert.equal(order[0], 'end of the outage');
    });
  });

  it('settings: MAX_CONCURRENT_STREAMS changes on open connections, and back', async () => {
    await withSession(simulator, async (session) => {
      const limit = async (): Promise<number | undefined> => {
        const [settings] = (await once(session, 'remoteSettings')) as [http2.Settings];
        return settings.maxConcurrentStreams;
      };
      assert.equal(await limit(), 100);
      const changed = limit();
      await put('one', { kind: 'settings', maxConcurrentStreams: 1 });
      assert.equal(await changed, 1);
      const endings = await sendAll(session, ['hang-20:a', 'hang-20:b', 'c']);
      assert.deepEqual(
        endings.map(({ status }) => status),
        [200, 200, 200],
      );
      const back = limit();
      await remove('one');
      assert.equal(await back, 100);
    });
  });
});
