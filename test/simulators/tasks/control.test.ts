import assert from 'node:assert/strict';
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { QUEUE, START_MS, startStand, timestamp, until, type Stand } from './harness.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

describe('tasks simulator: control API', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
  });
  afterEach(() => stand.close());

  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const init =
      body === undefined ? { method } : { method, body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(`http://${stand.simulator.controlAddress}${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, text, json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }

  it('says that it is alive, and what time it is', async () => {
    assert.deepEqual((await call('GET', '/health')).json, { status: 'ok', nowMs: START_MS });
  });

  it('moves time by a span or to a moment, and sends what falls due on the way', async () => {
    await stand.create({ scheduleTime: timestamp(START_MS + 500) });
    const first = await call('POST', '/advance', { ms: 499 });
    assert.deepEqual(first.json, { nowMs: START_MS + 499, settled: true });
    assert.equal(stand.received.length, 0);
    await call('POST', '/advance', { toMs: START_MS + 1000 });
    assert.equal(stand.received[0]?.atMs, START_MS + 500);
    assert.equal((await call('GET', '/health')).json['nowMs'], START_MS + 1000);
  });

  it('says when it did not wait for every answer', async () => {
    stand.answer = () => undefined;
    await stand.create();
    await until(() => stand.received.length === 1);
    assert.equal((await call('POST', '/advance', { ms: 5, settleMs: 0 })).json['settled'], false);
  });

  it('reports queues, tasks and attempts', async () => {
    await stand.create({ name: `${QUEUE}/tasks/a` });
    await stand.create({ name: `${QUEUE}/tasks/b`, scheduleTime: timestamp(START_MS + 500) });
    await stand.settle();
    const report = (await call('GET', '/report')).json['queues'] as Record<string, Record<string, unknown>>;
    assert.equal(report[QUEUE]?.['scheduled'], 1);
    const tasks = (await call('GET', `/tasks?queue=${QUEUE}&state=succeeded`)).json['tasks'] as { name: string }[];
    assert.deepEqual(
      tasks.map((task) => task.name),
      [`${QUEUE}/tasks/a`],
    );
    await stand.advance(500);
    const lines = (await call('GET', '/attempts')).text.trimEnd().split('\n');
    const attempts = lines.map((line) => JSON.parse(line) as { seq: number; task: string; httpStatus: number });
    assert.deepEqual(
      attempts.map(({ seq, task, httpStatus }) => [seq, task, httpStatus]),
      [
        [1, `${QUEUE}/tasks/a`, 200],
        [2, `${QUEUE}/tasks/b`, 200],
      ],
    );
    assert.equal((await call('GET', '/attempts?afterSeq=1')).text.trimEnd(), lines[1]);
    assert.equal((await call('GET', `/attempts?task=${QUEUE}/tasks/a`)).text.trimEnd(), lines[0]);
  });

  it('sets, shows, counts and clears faults', async () => {
    const faults = async () => (await call('GET', '/faults')).json['faults'] as Record<string, unknown>[];
    await call('PUT', '/faults', { faults: [{ kind: 'delay', delayMs: 10 }, { kind: 'duplicate' }] });
    await call('PUT', '/faults/mine', { kind: 'drop', queue: 'conduct' });
    await stand.create();
    await stand.settle();
    assert.deepEqual(
      (await faults()).map(({ id, kind, applied }) => [id, kind, applied]),
      [
        ['fault-1', 'delay', 1],
        ['fault-2', 'duplicate', 1],
        ['mine', 'drop', 1],
      ],
    );
    await call('DELETE', '/faults/mine');
    assert.equal((await faults()).length, 2);
    assert.equal((await call('DELETE', '/faults/mine')).status, 404);
    await call('DELETE', '/faults');
    assert.deepEqual(await faults(), []);
  });

  it('resets to an empty service and cuts off what is under way', async () => {
    stand.answer = () => undefined;
    await stand.create({ name: `${QUEUE}/tasks/a` });
    await until(() => stand.received.length === 1);
    await call('PUT', '/faults', { faults: [{ kind: 'duplicate' }] });
    await call('POST', '/reset');
    await until(() => stand.simulator.report().requestsUnderWay === 0);
    const report = stand.simulator.report();
    assert.deepEqual(report.queues, {});
    assert.deepEqual(stand.simulator.tasks(), []);
    assert.deepEqual(stand.simulator.attempts(), []);
    stand.answer = (_request, response) => response.end();
    await stand.create({ name: `${QUEUE}/tasks/a` });
    await stand.advance(60_000);
    assert.equal(stand.received.length, 2, 'the name is free again and no fault is left');
  });

  it('publishes the key that OIDC tokens are signed with', async () => {
    const oidcToken = { serviceAccountEmail: 'tasks@demo-push.iam.gserviceaccount.com' };
    await stand.create({ httpRequest: { url: `${stand.workerUrl}/work`, oidcToken } });
    await stand.settle();
    const token = stand.received[0]?.headers.authorization?.replace('Bearer ', '') ?? '';
    const [header = '', claims = '', signature = ''] = token.split('.');
    const { keys } = (await call('GET', '/oauth2/v3/certs')).json as { keys: [JsonWebKey & { kid: string }] };
    const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, string>;
    assert.deepEqual([kid, alg], [keys[0].kid, 'RS256']);
    const key = createPublicKey({ key: keys[0], format: 'jwk' });
    assert.ok(verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url')));
    const { iss, aud, email, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    assert.deepEqual(
      { iss, aud, email, iat, exp },
      {
        iss: 'https://accounts.google.com',
        aud: `${stand.workerUrl}/work`,
        email: oidcToken.serviceAccountEmail,
        iat: START_MS / 1000,
        exp: START_MS / 1000 + 3600,
      },
    );
  });

  it('refuses what it does not know', async () => {
    const cases: [method: string, path: string, body: unknown, status: number][] = [
      ['GET', '/', undefined, 404],
      ['POST', '/report', undefined, 404],
      ['PUT', '/faults/a%20b', { kind: 'drop' }, 404],
      ['POST', '/advance', {}, 400],
      ['POST', '/advance', { ms: 1, toMs: 2 }, 400],
      ['POST', '/advance', { ms: -1 }, 400],
      ['POST', '/advance', '{', 400],
      ['PUT', '/faults', [], 400],
      ['PUT', '/faults', { faults: [{ kind: 'explode' }] }, 400],
      ['GET', '/attempts?afterSeq=x', undefined, 400],
      ['PUT', '/faults', 'x'.repeat(1024 * 1024 + 1), 413],
    ];
    for (const [method, path, body, status] of cases) {
      const answer = await call(method, path, body);
      assert.equal(answer.status, status, `${method} ${path}`);
      assert.equal(typeof answer.json['error'], 'string');
    }
  });
});
