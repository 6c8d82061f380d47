import assert from 'node:assert/strict';
import { ProblemError, problemSchema } from '../../../functions/src/contract/problem.ts';
import { Api, JSON_TYPE } from './support/api.ts';
import { KEYS } from './support/callers.ts';

describe('control calls', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.withCampaign();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  for (const call of ['pause', 'resume', 'cancel', 'redrive'] as const) {
    it(`${call} takes no body and answers the campaign`, async () => {
      const reply = await api.call('POST', `/v1/campaigns/c-1/${call}`);
      assert.equal(reply.status, 200);
      assert.equal((reply.json as { id: string }).id, 'c-1');
      assert.equal(api.service.calls[0], call);
    });

    it(`${call} answers 409 with the words that name the state`, async () => {
      api.service.failure = new ProblemError('conflict', 'The campaign is completed.');
      const reply = await api.call('POST', `/v1/campaigns/c-1/${call}`);
      assert.equal(reply.status, 409);
      const problem = problemSchema.parse(reply.json);
      assert.deepEqual([problem.code, problem.detail], ['conflict', 'The campaign is completed.']);
    });

    it(`${call} needs the scope that creates campaigns, and takes nothing in its body`, async () => {
      const reader = await api.call('POST', `/v1/campaigns/c-1/${call}`, {
        token: { key: KEYS.reader, claims: { iss: 'reader' } },
      });
      assert.equal(reader.status, 403);
      const filled = await api.call('POST', `/v1/campaigns/c-1/${call}`, { body: '{"now":true}', headers: JSON_TYPE });
      assert.equal(filled.status, 422);
      assert.deepEqual(api.service.calls, []);
    });
  }

  it('takes a change of the schedule, and nothing that it does not know', async () => {
    const patch = (body: object) =>
      api.call('PATCH', '/v1/campaigns/c-1', { body: JSON.stringify(body), headers: JSON_TYPE });
    assert.equal((await patch({ schedule: null })).status, 200);
    assert.deepEqual(api.service.lastPatch, { schedule: null });
    for (const [body, field] of [
      [{ schedule: { at: '2026-12-01' } }, '/schedule/at'],
      [{ message: { title: 'a' } }, '/message'],
    ] as const) {
      const reply = await patch(body);
      assert.equal(reply.status, 422);
      assert.deepEqual(
        problemSchema.parse(reply.json).errors?.map((error) => error.field),
        [field],
      );
    }
  });
});
