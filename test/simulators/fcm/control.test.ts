import assert from 'node:assert/strict';
import { startFcmSimulator, type FcmSimulator } from '../../../simulators/fcm/simulator.ts';
import { control, notification, send, withSession } from './support/client.ts';

let simulator: FcmSimulator;

async function rows(path: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`http://${simulator.controlEndpoint}${path}`);
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const text = await response.text();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const tagged = (token: string, tag: string, title = 'title'): object => ({
  token,
  notification: { title, body: 'body' },
  android: { notification: { tag } },
});

describe('control and report API', () => {
  beforeEach(async () => {
    simulator = await startFcmSimulator({ keep: 'content' });
  });

  afterEach(() => simulator.close());

  it('says that it is well', async () => {
    assert.deepEqual(await control(simulator, 'GET', '/health'), { status: 200, json: { status: 'ok' } });
  });

  it('reports posts = accepted + validated + refused, duplicates and what is shown twice', async () => {
    await withSession(simulator, async (session) => {
      await send(session, tagged('a', 'one'));
      await send(session, tagged('lost:b', 'one'));
      await send(session, tagged('lost:b', 'one'));
      await send(session, tagged('a', 'two'));
      await send(session, { token: 'c', notification });
      await send(session, { token: 'c', notification });
      await send(session, { token: 'dead:d', notification });
      await send(session, { token: 'e', notification }, { validateOnly: true });
      await send(session, { token: 'e' }, { path: '/elsewhere' });
      await send(session, { token: 'e' }, { authorization: null });
    });
    const { json } = await control(simulator, 'GET', '/report');
    assert.deepEqual(
      { ...json, firstArrivalAt: 0, lastArrivalAt: 0, messagesPerSecond: 0, connections: 0 },
      {
        posts: 9,
        accepted: 6,
        validated: 1,
        refused: { UNREGISTERED: 1, UNAUTHENTICATED: 1 },
        // b: the same tag twice; c: the same content twice without a tag.
        duplicates: 2,
        // a: one content under two tags; c: two notifications of one content.
        shownTwice: 2,
        distinctAddresses: 5,
        cutOff: 0,
        otherRequests: 1,
        firstArrivalAt: 0,
        lastArrivalAt: 0,
        messagesPerSecond: 0,
        connections: 0,
        openStreams: 0,
      },
    );
    assert.deepEqual(await rows('/duplicates'), [
      { address: 'lost:b', tag: 'one', accepted: 2 },
      { address: 'c', tag: null, accepted: 2 },
    ]);
  });

  it('shows a tray: the same tag replaces, the last content counts', async () => {
    await withSession(simulator, async (session) => {
      await send(session, tagged('/a b', 'one', 'old'));
      await send(session, tagged('a/b', 'one', 'old'));
      await send(session, tagged('a/b', 'two'));
      await send(session, tagged('a/b', 'one', 'new'));
    });
    const { json } = await control(simulator, 'GET', '/devices/a%2Fb');
    const tray = json['tray'] as { tag: string; accepted: number; content: object }[];
    assert.equal(json['attempts'], 3);
    assert.deepEqual(
      tray.map(({ tag, accepted, content }) => [tag, accepted, content]),
      [
        ['one', 2, { title: 'new', body: 'body', image: null, data: null }],
        ['two', 1, { title: 'title', body: 'body', image: null, data: null }],
      ],
    );
    assert.deepEqual((await control(simulator, 'GET', '/devices/nobody')).json, {
      address: 'nobody',
      attempts: 0,
      tray: [],
    });
    assert.equal((await rows('/devices')).length, 2);
  });

  it('lists arrivals in order, filtered', async () => {
    await withSession(simulator, async (session) => {
      for (const token of ['a', 'dead:b', 'a', 'c']) await send(session, tagged(token, 't'));
    });
    const all = await rows('/arrivals');
    assert.deepEqual(
      all.map(({ address, tag, decision, connection }) => [address, tag, decision, connection]),
      [
        ['a', 't', 'accepted', 1],
        ['dead:b', 't', 'UNREGISTERED', 1],
        ['a', 't', 'accepted', 1],
        ['c', 't', 'accepted', 1],
      ],
    );
    assert.ok(all.every(({ at }) => Math.abs(Number(at) - Date.now()) < 60_000));
    assert.equal((await rows('/arrivals?address=a')).length, 2);
    assert.equal((await rows('/arrivals?address=nobody')).length, 0);
    assert.equal((await rows('/arrivals?decision=UNREGISTERED')).length, 1);
    assert.equal((await rows('/arrivals?limit=3')).length, 3);
    const second = Number(all[1]?.['at']);
    assert.equal((await rows(`/arrivals?from=${second}`)).length, 3);
    assert.equal((await rows(`/arrivals?to=${second}`)).length, 1);
  });

  it('streams arrivals that are larger than one piece', async () => {
    await withSession(simulator, async (session) => {
      await Promise.all(Array.from({ length: 2000 }, (_, at) => send(session, tagged(`token-${at}`, 't'))));
    });
    const addresses = new Set((await rows('/arrivals')).map(({ address }) => address));
    assert.equal(addresses.size, 2000);
  });

  it('resets the account, and faults unless told to keep them', async () => {
    await control(simulator, 'PUT', '/faults/f', { kind: 'latency', fixedMs: 1 });
    await withSession(simulator, async (session) => {
      await send(session, { token: 'a' });
      await control(simulator, 'POST', '/reset', { keepFaults: true });
      assert.equal((await control(simulator, 'GET', '/report')).json['posts'], 0);
      assert.equal(simulator.faults.list().length, 1);
      await control(simulator, 'POST', '/reset');
      assert.equal(simulator.faults.list().length, 0);
      await send(session, { token: 'a' });
    });
    assert.equal((await control(simulator, 'GET', '/report')).json['posts'], 1);
  });

  it('lists faults with what is left of them and what they hit', async () => {
    await control(simulator, 'PUT', '/faults/f', { kind: 'behaviour', behaviour: 'dead', forMs: 60_000 });
    await withSession(simulator, async (session) => void (await send(session, { token: 'a' })));
    const [fault] = (await control(simulator, 'GET', '/faults')).json['faults'] as Record<string, unknown>[];
    assert.equal(fault?.['hits'], 1);
    assert.ok(Number(fault?.['remainingMs']) > 50_000);
    assert.equal((await control(simulator, 'DELETE', '/faults/none')).status, 404);
    await control(simulator, 'DELETE', '/faults');
    assert.deepEqual(simulator.faults.list(), []);
  });

  const bad: readonly (readonly [method: string, path: string, body: unknown, field: string])[] = [
    ['PUT', '/faults/f', { kind: 'storm' }, 'kind'],
    ['PUT', '/faults/f', {}, 'kind'],
    ['PUT', '/faults/f', [], ''],
    ['PUT', '/faults/f', { kind: 'behaviour' }, 'behaviour'],
    ['PUT', '/faults/f', { kind: 'behaviour', behaviour: 'quota-x' }, 'behaviour'],
    ['PUT', '/faults/f', { kind: 'behaviour', behaviour: 'dead', share: 1.5 }, 'share'],
    ['PUT', '/faults/f', { kind: 'behaviour', behaviour: 'dead', count: 0 }, 'count'],
    ['PUT', '/faults/f', { kind: 'behaviour', behaviour: 'dead', rate: 1 }, 'rate'],
    ['PUT', '/faults/f', { kind: 'latency' }, 'fixedMs'],
    ['PUT', '/faults/f', { kind: 'latency', fixedMs: 1, p50Ms: 1 }, 'fixedMs'],
    ['PUT', '/faults/f', { kind: 'latency', p50Ms: 9, p99Ms: 8 }, 'p99Ms'],
    ['PUT', '/faults/f', { kind: 'latency', p50Ms: 0, p99Ms: 8 }, 'p50Ms'],
    ['PUT', '/faults/f', { kind: 'quota' }, 'perMinute'],
    ['PUT', '/faults/f', { kind: 'quota', perMinute: 1, retryAfterSeconds: 'x' }, 'retryAfterSeconds'],
    ['PUT', '/faults/f', { kind: 'outage', mode: 'nap' }, 'mode'],
    ['PUT', '/faults/f', { kind: 'outage', mode: 'silent', forMs: -1 }, 'forMs'],
    ['PUT', '/faults/f', { kind: 'credentials', status: 404 }, 'status'],
    ['PUT', '/faults/f', { kind: 'settings', maxConcurrentStreams: 1.5 }, 'maxConcurrentStreams'],
    ['PUT', '/faults/a%20b', { kind: 'latency', fixedMs: 1 }, 'name'],
    ['POST', '/actions/goaway', { cutStreams: -1 }, 'cutStreams'],
    ['POST', '/actions/close', { after: 1 }, 'after'],
    ['POST', '/reset', { keepFaults: 'yes' }, 'keepFaults'],
    ['GET', '/arrivals?decision=maybe', undefined, 'decision'],
    ['GET', '/arrivals?from=x', undefined, 'from'],
    ['GET', '/arrivals?since=1', undefined, 'since'],
    ['GET', '/devices/%ff', undefined, 'path'],
  ];
  for (const [method, path, body, field] of bad) {
    it(`refuses ${method} ${path} ${JSON.stringify(body)} naming '${field}'`, async () => {
      const { status, json } = await control(simulator, method, path, body);
      assert.deepEqual([status, json['field']], [400, field], JSON.stringify(json));
      assert.ok(String(json['error']).length > 0);
      assert.deepEqual(simulator.faults.list(), []);
    });
  }

  it('answers 404 and 405, and 400 to what is not JSON', async () => {
    assert.equal((await control(simulator, 'GET', '/nothing')).status, 404);
    assert.equal((await control(simulator, 'GET', '/certificate')).status, 404);
    assert.equal((await control(simulator, 'POST', '/report')).status, 405);
    const response = await fetch(`http://${simulator.controlEndpoint}/reset`, { method: 'POST', body: '{' });
    assert.equal(response.status, 400);
  });
});
