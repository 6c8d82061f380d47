import assert from 'node:assert/strict';
import { problemSchema, type FieldError } from '../../../functions/src/contract/problem.ts';
import { Api, JSON_TYPE, NDJSON_TYPE } from './support/api.ts';

const GOOD = {
  id: 'c-1',
  kind: 'transactional',
  audience: { members: { from: 1, to: 10 } },
  message: { title: 'a', body: 'b' },
};
const members = (from: unknown, to: unknown) => ({ ...GOOD, audience: { members: { from, to } } });
const message = (fields: object) => ({ ...GOOD, message: { ...GOOD.message, ...fields } });

describe('requests', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.start();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  async function refused(body: unknown): Promise<readonly FieldError[]> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const reply = await api.call('POST', '/v1/campaigns', { body: text, headers: JSON_TYPE });
    assert.equal(reply.status, 422, reply.text);
    assert.equal(reply.headers['content-type'], 'application/problem+json');
    assert.deepEqual(api.service.calls, []);
    return problemSchema.parse(reply.json).errors ?? [];
  }

  const fields = (errors: readonly FieldError[]) => errors.map((error) => error.field);

  it('tells a new campaign from a known one by the status', async () => {
    const options = { body: JSON.stringify(GOOD), headers: JSON_TYPE };
    assert.equal((await api.call('POST', '/v1/campaigns', options)).status, 201);
    assert.equal((await api.call('POST', '/v1/campaigns', options)).status, 200);
  });

  for (const body of ['', '{', '{}}', 'nope', '{"id":"a",}', "{'id':1}", 'NaN', '\uFEFF{}', '[1,2', '{"a":"\u0001"}']) {
    it(`refuses ${JSON.stringify(body)} as JSON`, async () => {
      const reply = await api.call('POST', '/v1/campaigns', { body, headers: JSON_TYPE });
      assert.equal(reply.status, 400);
      assert.equal(problemSchema.parse(reply.json).code, body === '' ? 'bad_request' : 'bad_json');
      assert.deepEqual(api.service.calls, []);
    });
  }

  const cases: [what: string, body: unknown, fields: readonly string[]][] = [
    ['an array', [], ['']],
    ['null', 'null', ['']],
    ['a string', '"x"', ['']],
    ['nothing in it', {}, ['/id', '/kind', '/audience', '/message']],
    ['an unknown field', { ...GOOD, when: {} }, ['/when']],
    ['an unknown field deep inside', message({ android: { priority: 'high', tag: 'x' } }), ['/message/android/tag']],
    ['a field with a slash and a tilde', { ...GOOD, 'a/b~c': 1 }, ['/a~1b~0c']],
    ['an own __proto__', `{"__proto__":{"id":"x"},${JSON.stringify(GOOD).slice(1)}`, ['/__proto__']],
    [
      '__proto__ among free names',
      JSON.stringify(message({ data: { x: '1' } })).replace('"x"', '"__proto__"'),
      ['/message/data/__proto__'],
    ],
    ['constructor as a field', { ...GOOD, constructor: 1, toString: 1 }, ['/constructor', '/toString']],
    ['from above to', members(11, 10), ['/audience/members/from']],
    ['a negative from', members(-1, 10), ['/audience/members/from']],
    ['zero', members(0, 10), ['/audience/members/from']],
    ['2^53', members(1, 2 ** 53), ['/audience/members/to']],
    ['a number beyond a double', JSON.stringify(members(1, 7)).replace('7', '1e400'), ['/audience/members/to']],
    ['a fraction', members(1.5, 10), ['/audience/members/from']],
    ['a number as text', members('1', 10), ['/audience/members/from']],
    ['an empty audience', { ...GOOD, audience: {} }, ['/audience/members']],
    [
      'an empty members object',
      { ...GOOD, audience: { members: {} } },
      ['/audience/members/from', '/audience/members/to'],
    ],
    [
      'an empty where list',
      { ...GOOD, audience: { members: { from: 1, to: 2, where: { tagsAny: [] } } } },
      ['/audience/members/where/tagsAny'],
    ],
    ['a title of 201 characters', message({ title: 'x'.repeat(201) }), ['/message/title']],
    ['an empty title', message({ title: '' }), ['/message/title']],
    ['a body of 2,001 characters', message({ body: 'x'.repeat(2_001) }), ['/message/body']],
    ['a link that is not https', message({ imageUrl: 'http://x.example/' }), ['/message/imageUrl']],
    ['a script as a link', message({ webpush: { link: 'javascript:alert(1)' } }), ['/message/webpush/link']],
    ['a data key that FCM reserves', message({ data: { 'google.x': '1' } }), ['/message/data/google.x']],
    ['data that is not text', message({ data: { n: 1 } }), ['/message/data/n']],
    ['an id with a slash', { ...GOOD, id: 'a/b' }, ['/id']],
    ['an id of 65 characters', { ...GOOD, id: 'x'.repeat(65) }, ['/id']],
    ['another kind', { ...GOOD, kind: 'spam' }, ['/kind']],
    ['a start that is text', { ...GOOD, start: 'false' }, ['/start']],
    ['a time without an offset', { ...GOOD, schedule: { at: '2026-12-01T11:07:00' } }, ['/schedule/at']],
    ['an end without a meaning', { ...GOOD, schedule: { until: 'soon' } }, ['/schedule/until']],
    ['a schedule with a field of another', { ...GOOD, schedule: { on: 'Monday' } }, ['/schedule/on']],
    ['no attempts', { ...GOOD, policy: { maxAttempts: 0 } }, ['/policy/maxAttempts']],
  ];
  for (const [what, body, expected] of cases) {
    it(`names the fields of a campaign that is or has ${what}`, async () => {
      assert.deepEqual(fields(await refused(body)).toSorted(), expected.toSorted());
    });
  }

  it('survives JSON nested deeper than the stack', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    assert.deepEqual(fields(await refused(`{"x":${deep},${JSON.stringify(GOOD).slice(1)}`)), ['/x']);
  });

  it('lists 20 errors at most, and tells how many there are', async () => {
    const extra = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`x${index}`, 1]));
    const reply = await api.call('POST', '/v1/campaigns', {
      body: JSON.stringify({ ...GOOD, ...extra }),
      headers: JSON_TYPE,
    });
    const problem = problemSchema.parse(reply.json);
    assert.equal(problem.errors?.length, 20);
    assert.match(problem.detail, /1000 errors; the first 20/);
  });

  it('never repeats a value', async () => {
    const secret = 'Hong-Gildong-010-1234-5678';
    const body = { ...message({ title: secret.repeat(20), data: { k: [secret] } }), id: `/${secret}`, kind: secret };
    const reply = await api.call('POST', '/v1/campaigns', { body: JSON.stringify(body), headers: JSON_TYPE });
    assert.equal(reply.status, 422);
    assert.ok(!reply.text.includes(secret), reply.text);
    assert.ok(!JSON.stringify(api.logged).includes(secret));
  });

  describe('the envelope', () => {
    const types = ['text/plain', 'application/jsonp', 'application/json; charset=euc-kr', 'application/x-ndjson', ''];
    for (const type of types) {
      it(`refuses the type ${JSON.stringify(type)}`, async () => {
        const headers = { 'content-type': type };
        const reply = await api.call('POST', '/v1/campaigns', { body: JSON.stringify(GOOD), headers });
        assert.equal(problemSchema.parse(reply.json).code, 'unsupported_media_type');
      });
    }

    for (const type of ['application/json;charset=utf-8', 'Application/JSON; charset="UTF-8"']) {
      it(`takes the type ${JSON.stringify(type)}`, async () => {
        const headers = { 'content-type': type };
        const reply = await api.call('POST', '/v1/campaigns', { body: JSON.stringify(GOOD), headers });
        assert.equal(reply.status, 201, reply.text);
      });
    }

    it('refuses a Content-Encoding other than identity', async () => {
      for (const [encoding, status] of [
        ['gzip', 415],
        ['br, gzip', 415],
        ['identity', 201],
      ] as const) {
        const headers = { ...JSON_TYPE, 'content-encoding': encoding };
        const reply = await api.call('POST', '/v1/campaigns', { body: JSON.stringify(GOOD), headers });
        assert.equal(reply.status, status, encoding);
      }
    });

    it('refuses a body above its limit', async () => {
      const big = await api.call('POST', '/v1/campaigns', { body: ' '.repeat(1024 * 1024 + 1), headers: JSON_TYPE });
      assert.equal(big.status, 413);
      const bigger = await api.call('PUT', '/v1/members', {
        body: ' '.repeat(24 * 1024 * 1024 + 1),
        headers: NDJSON_TYPE,
      });
      assert.equal(bigger.status, 413);
      assert.equal(api.nonces.taken.size, 0);
    });

    it('refuses a body where none is taken', async () => {
      for (const [method, path] of [
        ['GET', '/v1/campaigns'],
        ['DELETE', '/v1/members/1'],
        ['GET', '/v1/health'],
      ] as const) {
        const reply = await api.call(method, path, { body: '{}', headers: JSON_TYPE });
        assert.equal(problemSchema.parse(reply.json).code, 'bad_request');
      }
      assert.deepEqual(api.service.calls, []);
    });

    it('takes no body, or an empty object, to start a campaign', async () => {
      await api.call('POST', '/v1/campaigns', { body: JSON.stringify(GOOD), headers: JSON_TYPE });
      assert.equal((await api.call('POST', '/v1/campaigns/c-1/start')).status, 200);
      assert.equal((await api.call('POST', '/v1/campaigns/c-1/start', { body: '{}', headers: JSON_TYPE })).status, 200);
      const reply = await api.call('POST', '/v1/campaigns/c-1/start', { body: '{"parts":1}', headers: JSON_TYPE });
      assert.equal(reply.status, 422);
    });
  });

  describe('the query', () => {
    it('reaches the service', async () => {
      await api.call('GET', '/v1/campaigns?state=running&cursor=abc&limit=7');
      assert.deepEqual(api.service.lastQuery, { state: 'running', cursor: 'abc', limit: 7 });
      await api.call('GET', '/v1/campaigns?');
      assert.deepEqual(api.service.lastQuery, {});
    });

    const bad: [query: string, field: string][] = [
      ['status=running', '/query/status'],
      ['__proto__=1', '/query/__proto__'],
      ['constructor=1', '/query/constructor'],
      ['state=flying', '/query/state'],
      ['state=running&state=draft', '/query/state'],
      ['limit=0', '/query/limit'],
      ['limit=101', '/query/limit'],
      ['limit=1e1', '/query/limit'],
      ['limit=', '/query/limit'],
      ['cursor=', '/query/cursor'],
    ];
    for (const [query, field] of bad) {
      it(`refuses ?${query}`, async () => {
        const reply = await api.call('GET', `/v1/campaigns?${query}`);
        assert.equal(reply.status, 400, reply.text);
        assert.deepEqual(fields(problemSchema.parse(reply.json).errors ?? []), [field]);
        assert.deepEqual(api.service.calls, []);
      });
    }
  });
});
