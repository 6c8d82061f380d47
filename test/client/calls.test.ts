import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { BongsuAnswerError, BongsuError } from '../../client/index.ts';
import { FakeApi, json, problem } from './fakeApi.ts';
import { campaignView } from './samples.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.close());

const CAMPAIGN = {
  id: 'spring',
  kind: 'marketing',
  audience: { members: { from: 1, to: 10 } },
  message: { title: '(광고) 봄', body: '{{name|고객}}님' },
} as const;

const READY = { ready: true, dependencies: { firestore: 'reachable' } };
const NOT_READY = { ready: false, dependencies: { firestore: 'timed out' } };

describe('a call', () => {
  it('creates a campaign with a token for exactly that body', async () => {
    api.answer(json(campaignView(), 201));
    assert.deepEqual(await api.client().createCampaign(CAMPAIGN), campaignView());
    const [seen] = api.seen;
    assert.equal(`${seen?.method} ${seen?.url}`, 'POST /v1/campaigns');
    assert.equal(seen?.type, 'application/json');
    assert.deepEqual(JSON.parse(seen?.body.toString() ?? ''), CAMPAIGN);
  });

  it('encodes what the caller puts into a path or a query', async () => {
    api.answers(json(campaignView()), json({ campaigns: [], cursor: null }), json({ key: 'a/b', messages: [] }));
    const client = api.client({ api: `${api.url}/project/region/api/` });
    await client.campaign('../x?y');
    await client.campaigns({ state: 'running', cursor: 'a&b' });
    await client.outcome('spring', 'a/b');
    assert.deepEqual(
      api.seen.map((seen) => seen.url),
      [
        '/project/region/api/v1/campaigns/..%2Fx%3Fy',
        '/project/region/api/v1/campaigns?state=running&cursor=a%26b',
        '/project/region/api/v1/campaigns/spring/outcomes/a%2Fb',
      ],
    );
  });

  it('asks for health and readiness without a token', async () => {
    api.answers(json({}), json(READY), json(NOT_READY, 503));
    const client = api.client();
    await client.health();
    assert.deepEqual(await client.ready(), READY);
    assert.deepEqual(await client.ready(), NOT_READY);
    assert.deepEqual(
      api.seen.map((seen) => seen.claims),
      [null, null, null],
    );
  });

  it('changes a member, and reads whose consent is due', async () => {
    const member = { memberNo: 7, addresses: [], consent: {}, vars: {}, tags: ['vip'] };
    const due = { memberNo: 7, kind: 'night', grantedAt: '2024-03-01T00:00:00Z', dueAt: '2026-03-01T00:00:00Z' };
    api.answers(json(member), (_seen, response) => void response.end(`${JSON.stringify(due)}\n`));
    const client = api.client();
    assert.deepEqual(await client.patchMember(7, { tags: ['vip'] }), member);
    assert.deepEqual(await Array.fromAsync(client.consentsDue(new Date('2026-12-01T00:00:00Z'))), [due]);
    assert.deepEqual(
      api.seen.map((seen) => `${seen.method} ${seen.url} ${seen.body.toString()}`),
      ['PATCH /v1/members/7 {"tags":["vip"]}', 'GET /v1/members/consents?dueBefore=2026-12-01T00%3A00%3A00.000Z '],
    );
  });

  it('pauses, resumes, cancels and redrives', async () => {
    api.answer(json(campaignView({ state: 'paused' })));
    const client = api.client();
    assert.equal((await client.pauseCampaign('spring')).state, 'paused');
    await client.resumeCampaign('spring');
    await client.cancelCampaign('spring');
    await client.redriveCampaign('spring');
    assert.deepEqual(
      api.seen.map((seen) => `${seen.method} ${seen.url}`),
      ['pause', 'resume', 'cancel', 'redrive'].map((call) => `POST /v1/campaigns/spring/${call}`),
    );
  });

  it('asks what a campaign would take', async () => {
    const { operations, cost } = campaignView();
    const answer = {
      recipients: 5,
      messages: 6,
      pushes: 6,
      exact: false,
      seconds: 2,
      operations,
      cost,
      warnings: ['w'],
    };
    api.answer(json(answer));
    const { id: _, ...campaign } = CAMPAIGN;
    assert.deepEqual(await api.client().estimate(campaign), answer);
    assert.equal(`${api.seen[0]?.method} ${api.seen[0]?.url}`, 'POST /v1/estimate');
  });

  it('tries a campaign on a few addresses', async () => {
    const answer = { validateOnly: true, results: [{ to: 0, address: null, outcome: 'suppressed', reason: 'night' }] };
    api.answer(json(answer));
    const test = { to: [{ memberNo: 7 }], validateOnly: true };
    assert.deepEqual(await api.client().testCampaign('spring', test), answer);
    const [seen] = api.seen;
    assert.equal(`${seen?.method} ${seen?.url}`, 'POST /v1/campaigns/spring/test');
    assert.deepEqual(JSON.parse(seen?.body.toString() ?? ''), test);
  });

  it('moves a campaign', async () => {
    api.answer(json(campaignView({ startsAt: '2026-12-02T02:07:00.000Z', state: 'scheduled' })));
    const moved = await api.client().patchCampaign('spring', { schedule: { at: '2026-12-02T11:07:00+09:00' } });
    assert.equal(moved.startsAt, '2026-12-02T02:07:00.000Z');
    const [seen] = api.seen;
    assert.deepEqual(
      [seen?.method, seen?.url, seen?.body.toString()],
      ['PATCH', '/v1/campaigns/spring', '{"schedule":{"at":"2026-12-02T11:07:00+09:00"}}'],
    );
  });

  it('starts a draft, reads and removes a member', async () => {
    const member = { memberNo: 7, addresses: [], consent: {}, vars: {}, tags: [] };
    api.answers(json(campaignView()), json(member), (_seen, response) => void response.writeHead(204).end());
    const client = api.client();
    await client.startCampaign('spring');
    assert.deepEqual(await client.member(7), member);
    await client.removeMember(7);
    assert.deepEqual(
      api.seen.map((seen) => `${seen.method} ${seen.url}`),
      ['POST /v1/campaigns/spring/start', 'GET /v1/members/7', 'DELETE /v1/members/7'],
    );
  });

  for (const [alg, keys] of [
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const) {
    it(`signs with ${alg} too`, async () => {
      const other = await FakeApi.start(keys);
      try {
        other.answer(json(campaignView()));
        await other.client({ alg }).campaign('spring');
        assert.equal(other.seen[0]?.claims?.iss, 'main-server');
      } finally {
        await other.close();
      }
    });
  }
});

describe('a refusal', () => {
  it('has the status, the code, the detail and the fields', async () => {
    const errors = [{ field: '/audience/members/from', message: 'must be 1 or more' }];
    api.answer(problem(422, 'invalid', 'the campaign is not valid', { errors }));
    await assert.rejects(api.client().createCampaign(CAMPAIGN), (error) => {
      assert.ok(error instanceof BongsuError);
      assert.deepEqual(
        [error.status, error.code, error.detail, error.errors],
        [422, 'invalid', 'the campaign is not valid', errors],
      );
      assert.match(
        error.message,
        /422 invalid: the campaign is not valid \(\/audience\/members\/from: must be 1 or more\)/,
      );
      return true;
    });
  });

  it('by something that is not the API is still one error with its status', async () => {
    api.answer((_seen, response) => void response.writeHead(403, { 'content-type': 'text/html' }).end('<html>'));
    await assert.rejects(api.client().campaign('spring'), { name: 'BongsuError', status: 403, code: 'unrecognized' });
  });

  it('follows no redirect: the token is not for another server', async () => {
    api.answer((_seen, response) => void response.writeHead(307, { location: '/elsewhere' }).end());
    await assert.rejects(api.client().createCampaign(CAMPAIGN), { name: 'BongsuError', status: 307 });
    assert.equal(api.seen.length, 1);
  });
});

describe('a success that the contract does not know', () => {
  for (const [what, answer] of [
    ['HTML', '<html></html>'],
    ['another object', '{"id":"spring"}'],
    ['an unknown state', JSON.stringify({ ...campaignView(), state: 'flying' })],
  ] as const) {
    it(`${what} is an error, not a value`, async () => {
      api.answer((_seen, response) => void response.end(answer));
      await assert.rejects(api.client().campaign('spring'), BongsuAnswerError);
      assert.equal(api.seen.length, 1);
    });
  }
});

it('a readiness that the contract does not know is an error', async () => {
  for (const answer of [
    null,
    [],
    { ready: 'yes', dependencies: {} },
    { ready: true },
    { ready: true, dependencies: { a: 1 } },
  ]) {
    api.answer(json(answer));
    await assert.rejects(api.client().ready(), BongsuAnswerError);
  }
});
