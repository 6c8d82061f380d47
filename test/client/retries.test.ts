import assert from 'node:assert/strict';
import { BongsuConnectionError } from '../../client/index.ts';
import { cutOff, FakeApi, json, problem, type Answer } from './fakeApi.ts';
import { campaignView } from './samples.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.close());

const ok = json(campaignView());
const halfABody: Answer = (_seen, response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"id":');
  setImmediate(() => response.destroy());
};

describe('another try', () => {
  const troubles: readonly [string, Answer][] = [
    ['429', problem(429, 'unavailable', 'slow down')],
    ['a gateway’s 502', (_seen, response) => void response.writeHead(502).end('<html>')],
    ['503', problem(503, 'unavailable', 'the database is away')],
    ['504', (_seen, response) => void response.writeHead(504).end()],
    ['a connection that ends without an answer', cutOff],
    ['a connection that ends within the answer', halfABody],
  ];
  for (const [what, answer] of troubles) {
    it(`follows ${what}, with a token of its own`, async () => {
      api.answers(answer, answer, ok);
      assert.equal((await api.client().campaign('spring')).id, 'spring');
      const ids = new Set(api.seen.map((seen) => seen.claims?.jti));
      assert.equal(ids.size, 3);
    });
  }

  it('of a body sends the same bytes', async () => {
    api.answers(cutOff, json({ members: 2, pages: 1 }));
    await api.client().putMembers([{ memberNo: 1 }, { memberNo: 2 }]);
    assert.equal(api.seen.length, 2);
    assert.deepEqual(api.seen[0]?.body, api.seen[1]?.body);
    assert.equal(api.seen[0]?.claims?.['bdg'], api.seen[1]?.claims?.['bdg']);
  });

  for (const [status, code] of [
    [400, 'bad_request'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'conflict'],
    [413, 'body_too_large'],
    [422, 'invalid'],
    [500, 'internal'],
  ] as const) {
    it(`does not follow ${status}`, async () => {
      api.answer(problem(status, code, 'no'));
      await assert.rejects(api.client().campaign('spring'), { name: 'BongsuError', status, code });
      assert.equal(api.seen.length, 1);
    });
  }

  it('ends after the allowed number, with the last refusal', async () => {
    api.answer(problem(503, 'unavailable', 'away'));
    await assert.rejects(api.client({ retry: { attempts: 3, baseMs: 1 } }).campaign('spring'), { status: 503 });
    assert.equal(api.seen.length, 3);
  });

  it('ends after the allowed number, with the reason why there is no answer', async () => {
    api.answer(cutOff);
    await assert.rejects(api.client({ retry: { attempts: 3, baseMs: 1 } }).campaign('spring'), (error) => {
      assert.ok(error instanceof BongsuConnectionError);
      assert.equal(error.attempts, 3);
      assert.match(error.message, /GET \/v1\/campaigns\/spring: no answer \(try 3\)/);
      return true;
    });
    assert.equal(api.seen.length, 3);
  });

  it('waits as long as the server asks', async () => {
    api.answers(problem(503, 'unavailable', 'away', { retryAfter: '1' }), ok);
    const started = performance.now();
    await api.client().campaign('spring');
    assert.ok(performance.now() - started >= 990);
  });

  it('is not made where the server asks for more than the client may wait', async () => {
    api.answer(problem(503, 'unavailable', 'away', { retryAfter: '3600' }));
    await assert.rejects(api.client().campaign('spring'), { status: 503, retryAfterMs: 3_600_000 });
    assert.equal(api.seen.length, 1);
  });

  it('is no wish of ready(): 503 is its answer', async () => {
    api.answer(json({ ready: false, dependencies: { firestore: 'away' } }, 503));
    assert.equal((await api.client().ready()).ready, false);
    assert.equal(api.seen.length, 1);
  });
});

describe('a server that never answers', () => {
  it('is given up after the time-out, each time', async () => {
    api.answer(() => undefined);
    const client = api.client({ timeoutMs: 50, retry: { attempts: 2, baseMs: 1 } });
    await assert.rejects(client.campaign('spring'), {
      name: 'BongsuConnectionError',
      message: /nothing within 50 ms/,
      attempts: 2,
    });
  });
});

describe('a caller who gives up', () => {
  it('stops a call in flight with the caller’s own reason', async () => {
    const giveUp = new AbortController();
    api.answer(() => giveUp.abort(new Error('enough')));
    const client = api.client({ retry: { attempts: 1 } });
    await assert.rejects(client.campaign('spring', { signal: giveUp.signal }), { message: 'enough' });
    assert.equal(api.seen.length, 1);
  });

  it('stops the wait between two tries', async () => {
    const giveUp = new AbortController();
    api.answer(async (seen, response) => {
      await problem(503, 'unavailable', 'away', { retryAfter: '50' })(seen, response);
      setTimeout(() => giveUp.abort(new Error('enough')), 20);
    });
    await assert.rejects(api.client().campaign('spring', { signal: giveUp.signal }), /enough/);
  });
});

it('a key or an address that cannot work is an error before anything is sent', () => {
  assert.throws(() => api.client({ privateKey: 'x' }), TypeError);
  assert.throws(() => api.client({ api: 'ftp://example.com' }), TypeError);
  assert.throws(() => api.client({ api: 'example.com' }), TypeError);
});
