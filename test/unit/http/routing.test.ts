import assert from 'node:assert/strict';
import { problemSchema } from '../../../functions/src/contract/problem.ts';
import { Api } from './support/api.ts';

describe('routing', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.start();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const nowhere = [
    '/',
    '/v1',
    '/v1/',
    '/v2/campaigns',
    '/v1/campaigns/',
    '/v1/campaigns/a/',
    '//v1/campaigns',
    '/v1//campaigns',
    '/v1/campaigns//outcomes',
    '/V1/campaigns',
    '/v1/%63ampaigns',
    '/v1/./campaigns',
    '/v1/x/../campaigns',
    '/v1/campaigns/a/outcomes/b/c',
    '/v1/campaigns;x=1',
    '/v1/__proto__',
    '/constructor/prototype',
    'http://elsewhere.example/v1/campaigns',
    '*',
  ];
  for (const path of nowhere) {
    it(`finds nothing at ${path}`, async () => {
      const reply = await api.call('GET', path);
      assert.equal(reply.status, 404);
      assert.equal(problemSchema.parse(reply.json).code, 'not_found');
    });
  }

  for (const id of ['..', '.', 'a%2Fb', 'a%00', '%E0%A4%A', 'a%20b', 'a;b', 'x'.repeat(65), '%EA%B0%80']) {
    it(`refuses ${id} as a campaign id`, async () => {
      const reply = await api.call('GET', `/v1/campaigns/${id}`);
      assert.equal(reply.status, 400);
      assert.equal(problemSchema.parse(reply.json).code, 'bad_request');
      assert.deepEqual(api.service.calls, []);
    });
  }

  for (const id of ['constructor', 'hasOwnProperty', 'toString', 'valueOf']) {
    it(`knows no campaign named ${id}`, async () => {
      const reply = await api.call('GET', `/v1/campaigns/${id}`);
      assert.equal(reply.status, 404);
    });
  }

  it('reads an id whose characters are percent-encoded', async () => {
    await api.call('GET', '/v1/members/%31%32');
    assert.deepEqual(api.service.calls, ['member']);
  });

  for (const memberNo of ['0', '01', '-1', '1.0', '1e3', 'abc', '9007199254740992', '0x10', '١٢']) {
    it(`refuses ${memberNo} as a member number`, async () => {
      const reply = await api.call('GET', `/v1/members/${encodeURIComponent(memberNo)}`);
      assert.equal(reply.status, 400);
      assert.equal(problemSchema.parse(reply.json).errors?.[0]?.field, '/path/memberNo');
    });
  }

  it('says which methods a path takes', async () => {
    const allowed: [method: string, path: string, allow: string][] = [
      ['DELETE', '/v1/campaigns', 'POST, GET'],
      ['POST', '/v1/members/1', 'PATCH, GET, DELETE'],
      ['POST', '/v1/members', 'PUT'],
      ['OPTIONS', '/v1/campaigns/a', 'GET, PATCH'],
      ['HEAD', '/v1/campaigns/a', 'GET, PATCH'],
      ['TRACE', '/v1/health', 'GET'],
    ];
    for (const [method, path, allow] of allowed) {
      const reply = await api.call(method, path, { token: null });
      assert.equal(reply.status, 405, `${method} ${path}`);
      assert.equal(reply.headers.allow, allow);
    }
  });

  it('answers health without a token, a database or a body worth counting', async () => {
    const reply = await api.call('GET', '/v1/health', { token: null });
    assert.equal(reply.status, 200);
    assert.deepEqual(reply.json, { status: 'ok' });
    assert.deepEqual(api.service.calls, []);
    assert.equal(api.nonces.taken.size, 0);
  });

  it('answers health while a header is as huge as a header can be', async () => {
    const reply = await api.call('GET', '/v1/campaigns', {
      token: null,
      headers: { authorization: `Bearer ${'a'.repeat(12_000)}` },
    });
    assert.equal(reply.status, 401);
    assert.equal((await api.call('GET', '/v1/health', { token: null })).status, 200);
  });

  it('tells what is reachable, by the status too', async () => {
    assert.equal((await api.call('GET', '/v1/ready', { token: null })).status, 200);
    api.service.dependencies = { firestore: 'reachable', pubsub: 'connection refused' };
    const reply = await api.call('GET', '/v1/ready', { token: null });
    assert.equal(reply.status, 503);
    assert.deepEqual(reply.json, {
      ready: false,
      dependencies: { firestore: 'reachable', pubsub: 'connection refused' },
    });
  });

  it('serves the members it was told of', async () => {
    const body = '{"memberNo":9007199254740991,"vars":{"name":"김하늘"}}';
    const put = await api.call('PUT', '/v1/members', { body, headers: { 'content-type': 'application/x-ndjson' } });
    assert.deepEqual([put.status, put.json], [200, { members: 1, pages: 1 }]);
    const got = await api.call('GET', '/v1/members/9007199254740991');
    assert.deepEqual(got.json, {
      memberNo: Number.MAX_SAFE_INTEGER,
      addresses: [],
      consent: {},
      vars: { name: '김하늘' },
      tags: [],
    });
    assert.equal((await api.call('DELETE', '/v1/members/9007199254740991')).status, 204);
    assert.equal((await api.call('GET', '/v1/members/9007199254740991')).status, 404);
  });
});
