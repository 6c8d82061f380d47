import assert from 'node:assert/strict';
import { ProblemError, problemSchema } from '../../../functions/src/contract/problem.ts';
import { Api, JSON_TYPE } from './support/api.ts';
import { KEYS } from './support/callers.ts';

const TOO_MANY = Array.from({ length: 21 }, () => ({ memberNo: 1 }));

describe('a test send', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.withCampaign();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const test = (body: unknown, id = 'c-1') =>
    api.call('POST', `/v1/campaigns/${id}/test`, { body: JSON.stringify(body), headers: JSON_TYPE });

  it('hands on whom it is for, and answers what came of each', async () => {
    const reply = await test({ to: [{ memberNo: 1 }, { token: 't', vars: { name: 'n' } }] });
    assert.equal(reply.status, 200);
    assert.deepEqual(reply.json, {
      validateOnly: false,
      results: [0, 1].map((to) => ({ to, address: null, outcome: 'accepted', reason: 'fcm' })),
    });
    assert.deepEqual(api.service.lastTest, {
      to: [{ memberNo: 1 }, { token: 't', vars: { name: 'n' } }],
      validateOnly: false,
    });
  });

  for (const [what, body, field] of [
    ['nobody', { to: [] }, '/to'],
    ['too many', { to: TOO_MANY }, '/to'],
    ['two names for one', { to: [{ memberNo: 1, token: 't' }] }, '/to/0'],
    ['no name at all', { to: [{ memberNo: 1 }, {}] }, '/to/1'],
    ['a member with a consent of its own', { to: [{ memberNo: 1, consent: {} }] }, '/to/0/consent'],
    ['a field that does not exist', { to: [{ memberNo: 1 }], dryRun: true }, '/dryRun'],
    ['a recipient without its part', { to: [{ memberNo: 1 }], recipient: { key: 'a' } }, '/recipient/part'],
    ['a mode that is no boolean', { to: [{ memberNo: 1 }], validateOnly: 'yes' }, '/validateOnly'],
  ] as const) {
    it(`to ${what} is refused at ${field}`, async () => {
      const reply = await test(body);
      assert.equal(reply.status, 422);
      assert.deepEqual(
        problemSchema.parse(reply.json).errors?.map((error) => error.field),
        [field],
      );
      assert.deepEqual(api.service.calls, []);
    });
  }

  it('of a campaign that is unknown or has ended is refused', async () => {
    assert.equal((await test({ to: [{ memberNo: 1 }] }, 'other')).status, 404);
    api.service.failure = new ProblemError('conflict', 'The campaign is completed and cannot be tested.');
    assert.equal((await test({ to: [{ memberNo: 1 }] })).status, 409);
  });

  it('needs the scope that creates campaigns', async () => {
    const reply = await api.call('POST', '/v1/campaigns/c-1/test', {
      body: JSON.stringify({ to: [{ memberNo: 1 }] }),
      headers: JSON_TYPE,
      token: { key: KEYS.reader, claims: { iss: 'reader' } },
    });
    assert.equal(reply.status, 403);
  });
});
