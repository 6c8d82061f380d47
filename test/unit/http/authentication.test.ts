import assert from 'node:assert/strict';
import { problemSchema } from '../../../functions/src/contract/problem.ts';
import { Api, JSON_TYPE, NDJSON_TYPE, type CallOptions, type Reply } from './support/api.ts';
import { digestOf, KEYS, makeToken, NOW_MS, NOW_SECONDS, type TokenParts } from './support/callers.ts';

const CAMPAIGN = JSON.stringify({
  id: 'c-1',
  kind: 'transactional',
  audience: { members: { from: 1, to: 10 } },
  message: { title: 'a', body: 'b' },
});

describe('authentication', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.start();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const create = (options: CallOptions = {}): Promise<Reply> =>
    api.call('POST', '/v1/campaigns', { body: CAMPAIGN, headers: JSON_TYPE, ...options });

  it('lets a good request through', async () => {
    const reply = await create();
    assert.equal(reply.status, 201, reply.text);
    assert.equal(api.nonces.taken.size, 1);
  });

  it('answers every token that does not hold with the same words', async () => {
    const [header, payload, signature] = makeToken({ body: CAMPAIGN }).split('.');
    const bad: (TokenParts | string | null)[] = [
      null,
      'not-a-token',
      `${header}.${payload}.${signature?.slice(0, -4)}AAAA`,
      { key: KEYS.stranger },
      { header: { kid: 'unknown' } },
      { header: { alg: 'none' } },
      { claims: { aud: 'elsewhere' } },
      { claims: { iat: NOW_SECONDS - 400, exp: NOW_SECONDS - 300 } },
      { claims: { iat: NOW_SECONDS + 100, exp: NOW_SECONDS + 200 } },
      { claims: { exp: NOW_SECONDS + 301 } },
    ];
    const used = makeToken({ body: CAMPAIGN });
    assert.equal((await create({ token: used })).status, 201);
    const answers = new Set<string>();
    for (const token of [...bad, used]) {
      const reply = await create({ token });
      assert.equal(reply.status, 401, JSON.stringify(token));
      assert.equal(reply.headers['www-authenticate'], 'Bearer');
      answers.add(reply.text);
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    assert.deepEqual(api.service.calls, ['createCampaign']);
    assert.equal(api.nonces.taken.size, 1);
  });

  it('logs why a token was refused, and nothing of the token', async () => {
    await create({ token: { claims: { aud: 'somewhere-else' } } });
    assert.deepEqual(api.logged, [
      { event: 'token_refused', fields: { requestId: 'request-1', fault: 'wrong-audience' } },
    ]);
  });

  it('takes a jti once, until its token cannot hold any more', async () => {
    const token = makeToken({ body: CAMPAIGN, claims: { exp: NOW_SECONDS + 10 } });
    assert.equal((await create({ token })).status, 201);
    assert.equal((await create({ token })).status, 401);
    assert.deepEqual([...api.nonces.taken.values()], [NOW_MS + 40_000]);
    api.nowMs = NOW_MS + 40_000;
    api.nonces.taken.clear();
    assert.equal((await create({ token })).status, 401);
  });

  it('takes one of several concurrent requests with the same jti', async () => {
    const token = makeToken({ body: CAMPAIGN });
    const replies = await Promise.all(Array.from({ length: 8 }, () => create({ token })));
    assert.equal(replies.filter((reply) => reply.status === 201).length, 1);
    assert.equal(replies.filter((reply) => reply.status === 401).length, 7);
  });

  it('spends no jti on a request that only reads', async () => {
    const token = makeToken();
    assert.equal((await api.call('GET', '/v1/campaigns', { token })).status, 200);
    assert.equal((await api.call('GET', '/v1/campaigns', { token })).status, 200);
    assert.equal(api.nonces.taken.size, 0);
  });

  it('spends no jti on a request that does not get past the digest', async () => {
    const claims = { jti: 'kept' };
    assert.equal((await create({ token: { claims: { ...claims, bdg: 'wrong' } } })).status, 400);
    assert.equal((await create({ token: { key: KEYS.reader, claims: { ...claims, iss: 'reader' } } })).status, 403);
    assert.equal((await create({ headers: { 'content-type': 'text/plain' }, token: { claims } })).status, 415);
    assert.equal(api.nonces.taken.size, 0);
    assert.equal((await create({ token: { claims } })).status, 201);
  });

  it('names the scope that is missing', async () => {
    const token = { key: KEYS.reader, claims: { iss: 'reader' } };
    const replies = [
      await create({ token }),
      await api.call('PUT', '/v1/members', { token, body: '{"memberNo":1}\n', headers: NDJSON_TYPE }),
      await api.call('GET', '/v1/members/1', { token }),
      await api.call('DELETE', '/v1/members/1', { token }),
      await api.call('POST', '/v1/campaigns/a/start', { token }),
    ];
    const scopes = ['campaigns:write', 'members:write', 'members:read', 'members:write', 'campaigns:write'];
    for (const [index, reply] of replies.entries()) {
      const problem = problemSchema.parse(reply.json);
      assert.equal(problem.code, 'forbidden');
      assert.ok(problem.detail.includes(scopes[index] ?? '?'), problem.detail);
    }
    assert.deepEqual(api.service.calls, []);
  });

  it('says nothing of the body before the signature holds', async () => {
    const headers = { 'content-type': 'text/plain', 'content-encoding': 'gzip' };
    const reply = await create({ token: { key: KEYS.stranger, claims: { bdg: 'wrong' } }, body: '{', headers });
    assert.equal(reply.status, 401);
  });

  describe('the body digest', () => {
    const wrong: Record<string, TokenParts> = {
      'is missing': { claims: { bdg: undefined } },
      'is of other bytes': { claims: { bdg: digestOf(`${CAMPAIGN} `) } },
      'is of an empty body': { claims: { bdg: digestOf('') } },
      'is hexadecimal': { claims: { bdg: Buffer.from(digestOf(CAMPAIGN), 'base64url').toString('hex') } },
      'is padded': { claims: { bdg: `${digestOf(CAMPAIGN)}=` } },
    };
    for (const [what, token] of Object.entries(wrong)) {
      it(`refuses one that ${what}`, async () => {
        const reply = await create({ token });
        assert.equal(reply.status, 400);
        assert.equal(problemSchema.parse(reply.json).code, 'bad_digest');
        assert.deepEqual(api.service.calls, []);
      });
    }

    it('binds a request without a body, too, where the token carries one', async () => {
      const token = { claims: { bdg: digestOf('{}') } };
      const reply = await api.call('POST', '/v1/campaigns/c-1/start', { token });
      assert.equal(problemSchema.parse(reply.json).code, 'bad_digest');
    });

    it('holds for bytes that are not text', async () => {
      const body = Buffer.from([0xff, 0xfe, 0x00]);
      const reply = await create({ body });
      assert.equal(problemSchema.parse(reply.json).code, 'bad_json');
    });
  });
});
