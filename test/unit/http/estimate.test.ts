import assert from 'node:assert/strict';
import { problemSchema } from '../../../functions/src/contract/problem.ts';
import { Api, JSON_TYPE } from './support/api.ts';

const MEMBERS = {
  kind: 'transactional',
  audience: { members: { from: 1, to: 10 } },
  message: { title: 'a', body: 'b' },
};
const UPLOAD = { ...MEMBERS, audience: { recipients: {} } };

describe('an estimate over HTTP', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.start();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const ask = (body: unknown) => api.call('POST', '/v1/estimate', { body: JSON.stringify(body), headers: JSON_TYPE });

  it('takes a campaign with or without its id, and the number of an upload’s recipients', async () => {
    assert.equal((await ask(MEMBERS)).status, 200);
    assert.equal((await ask({ ...MEMBERS, id: 'spring' })).status, 200);
    const reply = await ask({ ...UPLOAD, recipients: 7 });
    assert.equal((reply.json as { recipients: number }).recipients, 7);
    assert.deepEqual(api.service.calls, ['estimate estimate', 'estimate spring', 'estimate estimate']);
  });

  for (const [what, body, field] of [
    ['an upload of unknown size', UPLOAD, '/recipients'],
    ['an upload of nobody', { ...UPLOAD, recipients: 0 }, '/recipients'],
    ['members that are counted by the caller', { ...MEMBERS, recipients: 7 }, '/recipients'],
    ['a message without a title', { ...MEMBERS, message: { body: 'b' } }, '/message/title'],
    ['a field that does not exist', { ...MEMBERS, budget: 3 }, '/budget'],
  ] as const) {
    it(`refuses ${what} at ${field}`, async () => {
      const reply = await ask(body);
      assert.equal(reply.status, 422);
      assert.deepEqual(
        problemSchema.parse(reply.json).errors?.map((error) => error.field),
        [field],
      );
      assert.deepEqual(api.service.calls, []);
    });
  }
});
