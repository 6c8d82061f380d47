import assert from 'node:assert/strict';
import type { ServerHttp2Session } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline } from '../../../../functions/src/google/fcm/deadline.ts';
import { dialer } from '../../../../functions/src/google/fcm/dial.ts';
import type { Exchange } from '../../../../functions/src/google/fcm/exchange.ts';
import { ConnectionPool, POOL_LIMITS, type PoolLimits } from '../../../../functions/src/google/fcm/pool.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts';

const HEADERS = { ':method': 'POST', ':path': '/' };

interface Stand {
  readonly server: TestServer;
  readonly pool: ConnectionPool;
  /** Posts so many times; all have this deadline. */
  readonly post: (count: number, deadlineMs?: number) => Promise<Exchange[]>;
  readonly warnings: string[];
}

function poolTest(
  name: string,
  { server: serverOptions, ...limits }: Partial<PoolLimits> & { readonly server?: TestServerOptions },
  body: (stand: Stand) => Promise<void>,
): void {
  it(name, async () => {
    const server = await startTestServer(serverOptions);
    const warnings: string[] = [];
    const log = { info() {}, error() {}, warn: (event: string) => void warnings.push(event) };
    const pool = new ConnectionPool(dialer(server), log, { ...POOL_LIMITS, ...limits });
    const post = async (count: number, deadlineMs = 5_000): Promise<Exchange[]> => {
      const deadline = new Deadline(deadlineMs);
      const exchanges = await Promise.all(Array.from({ length: count }, () => pool.post(HEADERS, '{}', deadline)));
      deadline.cancel();
      return exchanges;
    };
    try {
      await body({ server, pool, post, warnings });
    } finally {
      await pool.close();
      await server.close();
    }
  });
}

function count(exchanges: readonly Exchange[], kind: Exchange['kind']): number {
  return exchanges.filter((exchange) => exchange.kind === kind).length;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 400, `waited in vain: ${what}`);
    await sleep(5);
  }
}

describe('the connections of an instance', () => {
  poolTest('outlive a batch', { server: { prompt: true } }, async ({ server, post }) => {
    for (let batch = 0; batch < 5; batch += 1) assert.equal(count(await post(50), 'answered'), 50);
    assert.equal(server.sessions.length, 1);
  });

  poolTest('are as many as it takes', {}, async ({ server, post }) => {
    const posting = post(250);
    await until(() => server.waiting.length === 250, 'all are in flight at once');
    assert.equal(server.sessions.length, 3);
    server.answer();
    assert.equal(count(await posting, 'answered'), 250);
  });

  poolTest(
    'are no more than allowed, and the rest waits',
    { connections: 2, streams: 10 },
    async ({ server, post }) => {
      const posting = post(50);
      await until(() => server.waiting.length === 20, 'two connections are full');
      await sleep(20);
      assert.equal(server.waiting.length, 20);
      const answering = setInterval(() => server.answer(), 5);
      const exchanges = await posting.finally(() => clearInterval(answering));
      assert.equal(count(exchanges, 'answered'), 50);
      assert.equal(server.sessions.length, 2);
      assert.equal(server.mostStreams, 10);
    },
  );

  const few = { server: { maxConcurrentStreams: 3, prompt: true }, connections: 2 };
  poolTest("keep the peer's MAX_CONCURRENT_STREAMS", few, async ({ server, post }) => {
    assert.equal(count(await post(100), 'answered'), 100);
    assert.equal(server.mostStreams, 3);
  });

  poolTest(
    'are closed when nobody needs them',
    { idleMs: 50, checkMs: 20 },
    async ({ server, pool, post, warnings }) => {
      const posting = post(250);
      await until(() => server.waiting.length === 250, 'all are in flight');
      server.answer();
      await posting;
      assert.equal(pool.size, 3);
      await until(() => pool.size === 0, 'idle connections are closed');
      assert.deepEqual(warnings, []);
      const again = post(1);
      await until(() => server.waiting.length === 1, 'a new connection is opened');
      server.answer();
      assert.equal(count(await again, 'answered'), 1);
    },
  );

  const watchful = { silenceMs: 50, pingMs: 50, checkMs: 20 };
  poolTest('that live but answer slowly are left alone', watchful, async ({ server, post }) => {
    const posting = post(1);
    await sleep(300);
    server.answer();
    assert.equal(count(await posting, 'answered'), 1);
    assert.equal(server.sessions.length, 1);
  });

  poolTest('that die in silence are given up long before the deadline', watchful, async ({ server, post }) => {
    const startedAt = performance.now();
    const posting = post(1, 5_000);
    await until(() => server.waiting.length === 1, 'the POST is there');
    server.cutWires();
    assert.deepEqual(await posting, [{ kind: 'lost', reason: 'connection-lost' }]);
    assert.ok(performance.now() - startedAt < 2_000);
  });

  poolTest('that died while idle are found out before a POST is given to them', watchful, async ({ server, post }) => {
    const first = post(1);
    await until(() => server.waiting.length === 1, 'the POST is there');
    server.answer();
    await first;
    server.cutWires();
    await sleep(100);
    const second = post(1);
    await until(() => server.sessions.length === 2 && server.waiting.length === 1, 'another connection has it');
    server.answer();
    assert.equal(count(await second, 'answered'), 1);
  });

  poolTest('that take leave finish what they have, and others take what comes', {}, async ({ server, post }) => {
    const first = post(10);
    await until(() => server.waiting.length === 10, 'the POSTs are there');
    server.sessions[0]?.goaway(0, 19);
    await sleep(20);
    const second = post(10);
    await until(() => server.waiting.length === 20, 'the next ones are there too');
    assert.equal(server.sessions.length, 2);
    server.answer();
    assert.equal(count(await first, 'answered'), 10);
    assert.equal(count(await second, 'answered'), 10);
  });

  const unwilling = {
    server: { maxConcurrentStreams: 0, onSession: (session: ServerHttp2Session) => session.goaway() },
  };
  poolTest('that take leave at once are not opened again and again', unwilling, async ({ server, post }) => {
    assert.equal(count(await post(150), 'notSent'), 150);
    assert.ok(server.sessions.length <= 4, `${server.sessions.length} connections`);
  });

  poolTest('that take leave say which POSTs they have not seen', {}, async ({ server, post }) => {
    const posting = post(10);
    await until(() => server.waiting.length === 10, 'the POSTs are there');
    // Streams 1, 3, … 19: the last 5 are above 9.
    server.sessions[0]?.goaway(0, 9);
    await sleep(20);
    server.answer();
    const exchanges = await posting;
    assert.deepEqual(
      exchanges.map(({ kind }) => kind),
      [...Array<string>(5).fill('answered'), ...Array<string>(5).fill('notSent')],
    );
  });

  poolTest(
    'that break off leave those above the last id unsent and the others in doubt',
    {},
    async ({ server, post }) => {
      const posting = post(10);
      await until(() => server.waiting.length === 10, 'the POSTs are there');
      server.sessions[0]?.goaway(2, 9);
      const exchanges = await posting;
      assert.equal(count(exchanges, 'lost'), 5);
      assert.equal(count(exchanges, 'notSent'), 5);
    },
  );

  poolTest('have room again once a POST is given up', { connections: 1, streams: 1 }, async ({ server, post }) => {
    assert.deepEqual(await post(1, 50), [{ kind: 'lost', reason: 'timed-out' }]);
    server.waiting.length = 0;
    const next = post(1);
    await until(() => server.waiting.length === 1, 'the next one is there');
    server.answer();
    assert.equal(count(await next, 'answered'), 1);
  });

  poolTest('refuse what waited for room too long, unsent', { connections: 1, streams: 5 }, async ({ server, post }) => {
    const exchanges = await post(8, 200);
    assert.equal(count(exchanges, 'lost'), 5);
    assert.equal(count(exchanges, 'notSent'), 3);
    assert.equal(server.waiting.length, 5);
  });

  poolTest('end with the pool, and so do their POSTs', {}, async ({ server, pool, post }) => {
    const posting = post(120);
    await until(() => server.waiting.length === 120, 'the POSTs are there');
    await pool.close();
    assert.equal(count(await posting, 'lost'), 120);
    assert.equal(pool.size, 0);
    assert.deepEqual(await post(1), [{ kind: 'notSent' }]);
  });
});
