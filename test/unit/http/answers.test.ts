import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutcomeLine } from '../../../functions/src/contract/campaign.ts';
import { outcomeLineSchema } from '../../../functions/src/contract/campaign.ts';
import { problemSchema } from '../../../functions/src/contract/problem.ts';
import { WriteConflict } from '../../../functions/src/ports.ts';
import { Api, JSON_TYPE } from './support/api.ts';
import { makeToken } from './support/callers.ts';
import { outcomeLine } from './support/fakeService.ts';

const GOOD = {
  id: 'c-1',
  kind: 'transactional',
  audience: { members: { from: 1, to: 10 } },
  message: { title: 'a', body: 'b' },
};

describe('answers', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.start();
    await api.call('POST', '/v1/campaigns', { body: JSON.stringify(GOOD), headers: JSON_TYPE });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it('carry a request id, and are kept by no cache', async () => {
    const reply = await api.call('GET', '/v1/campaigns/c-1');
    assert.equal(reply.headers['x-request-id'], 'request-2');
    assert.equal(reply.headers['cache-control'], 'no-store');
    assert.equal(reply.headers['x-content-type-options'], 'nosniff');
  });

  it('tell nothing of an unexpected error but the id it is logged under', async () => {
    api.service.failure = new TypeError('cannot read "Hong Gildong" of undefined\n    at Hong Gildong');
    const reply = await api.call('GET', '/v1/campaigns/c-1');
    const problem = problemSchema.parse(reply.json);
    assert.deepEqual([reply.status, problem.code], [500, 'internal']);
    assert.match(problem.detail, /request-2/);
    assert.ok(!(reply.text + JSON.stringify(api.logged)).includes('Hong'));
    const [entry] = api.logged;
    assert.equal(entry?.event, 'request_failed');
    assert.equal(entry?.fields['requestId'], 'request-2');
    assert.match(String(entry?.fields['at']), /answers\.test\.ts/);
  });

  it('ask to come again where the database does not take the request', async () => {
    const unavailable = [
      new WriteConflict('campaigns/c-1'),
      ...[4, 8, 10, 14].map((code) => Object.assign(new Error('grpc'), { code })),
    ];
    for (const failure of unavailable) {
      api.service.failure = failure;
      const reply = await api.call('GET', '/v1/campaigns/c-1');
      assert.equal(reply.status, 503);
      assert.equal(problemSchema.parse(reply.json).code, 'unavailable');
      assert.equal(reply.headers['retry-after'], '5');
    }
    api.service.failure = Object.assign(new Error('grpc'), { code: 7 });
    assert.equal((await api.call('GET', '/v1/campaigns/c-1')).status, 500);
  });

  describe('of outcomes', () => {
    const get = (query = '') => api.call('GET', `/v1/campaigns/c-1/outcomes${query}`);

    it('are one line for each, whatever their number', async () => {
      api.service.outcomeLines = () => countedLines(5_000);
      const reply = await get('?outcome=accepted');
      assert.equal(reply.headers['content-type'], 'application/x-ndjson');
      assert.deepEqual(api.service.lastFilter, { outcome: 'accepted' });
      const lines = reply.text.trimEnd().split('\n');
      assert.equal(lines.length, 5_000);
      const keys = lines.map((line) => outcomeLineSchema.parse(JSON.parse(line)).key);
      assert.deepEqual([keys[0], keys.at(-1)], ['0', '4999']);
    });

    it('are empty where there is none', async () => {
      const reply = await get();
      assert.deepEqual([reply.status, reply.text], [200, '']);
    });

    it('are a problem where the first line cannot be read', async () => {
      api.service.outcomeLines = () => countedLines(0, Object.assign(new Error('down'), { code: 14 }));
      assert.equal((await get()).status, 503);
    });

    it('are cut, not ended, where reading fails on the way', async () => {
      api.service.outcomeLines = () => countedLines(2_000, new Error('lost'));
      await assert.rejects(get(), (error) => error instanceof Error && 'code' in error && error.code === 'ECONNRESET');
      assert.equal(api.logged.at(-1)?.event, 'request_failed');
      assert.equal((await api.call('GET', '/v1/health')).status, 200);
    });

    it('are read no faster than they are taken, and no longer than there is somebody to take them', async () => {
      let read = 0;
      const ended = Promise.withResolvers<void>();
      api.service.outcomeLines = async function* () {
        try {
          for (; ; read += 1) yield outcomeLine(String(read));
        } finally {
          ended.resolve();
        }
      };
      const socket = connect(api.port, '127.0.0.1');
      socket.write(
        `GET /v1/campaigns/c-1/outcomes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${makeToken()}\r\n\r\n`,
      );
      await once(socket, 'readable');
      const stalledAt = await untilUnchanged(() => read);
      // What the kernel's socket buffers take on the loopback, and far from all there is.
      assert.ok(stalledAt > 0 && stalledAt < 500_000, `read ${stalledAt} lines`);
      socket.destroy();
      await ended.promise;
      await untilUnchanged(() => api.logged.length);
      assert.deepEqual(
        api.logged.map(({ event }) => event),
        ['client_left'],
      );
    });

    it('are not begun for somebody who has gone', async () => {
      const asked = Promise.withResolvers<void>();
      const found = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      api.service.outcomeLines = async function* () {
        try {
          asked.resolve();
          await found.promise;
          for (let key = 0; ; key += 1) yield outcomeLine(String(key));
        } finally {
          ended.resolve();
        }
      };
      const socket = connect(api.port, '127.0.0.1');
      socket.write(
        `GET /v1/campaigns/c-1/outcomes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${makeToken()}\r\n\r\n`,
      );
      await asked.promise;
      const gone = once(api.connections, 'close');
      socket.destroy();
      await gone;
      found.resolve();
      await ended.promise;
      await untilUnchanged(() => api.logged.length);
      assert.deepEqual(
        api.logged.map(({ event }) => event),
        ['client_left'],
      );
    });
  });
});

async function* countedLines(count: number, failure?: Error): AsyncGenerator<OutcomeLine> {
  for (let index = 0; index < count; index += 1) yield outcomeLine(String(index));
  if (failure !== undefined) throw failure;
}

/** The count when it has stood still for a while. */
async function untilUnchanged(count: () => number): Promise<number> {
  for (let before = -1, now = count(); ; before = now, now = count()) {
    if (now === before) return now;
    await delay(300);
  }
}
