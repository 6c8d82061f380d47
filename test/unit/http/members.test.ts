import assert from 'node:assert/strict';
import { Api, JSON_TYPE } from './support/api.ts';

describe('member calls', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.start();
    api.service.members.set(7, { memberNo: 7, addresses: [], consent: {}, vars: {}, tags: [] });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const patch = (body: object) =>
    api.call('PATCH', '/v1/members/7', { body: JSON.stringify(body), headers: JSON_TYPE });

  it('changes a member', async () => {
    const reply = await patch({ tags: ['vip'] });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual((reply.json as { tags: string[] }).tags, ['vip']);
  });

  for (const body of [
    { memberNo: 8 },
    { tags: null },
    { consent: { marketing: true } },
    { consent: { email: null } },
    { timeZone: 'Asia/Nowhere' },
    { addresses: [{ token: 'a', fid: 'b' }] },
  ]) {
    it(`does not take ${JSON.stringify(body)}`, async () => {
      assert.equal((await patch(body)).status, 422);
      assert.deepEqual(api.service.calls, []);
    });
  }

  it('streams the consents that are due before a moment', async () => {
    const line = {
      memberNo: 7,
      kind: 'marketing' as const,
      grantedAt: '2024-03-01T00:00:00Z',
      dueAt: '2026-03-01T00:00:00Z',
    };
    api.service.dueLines = async function* () {
      yield line;
    };
    const reply = await api.call('GET', '/v1/members/consents?dueBefore=2026-12-01T00:00:00%2B09:00');
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.text, `${JSON.stringify(line)}\n`);
    assert.deepEqual(api.service.calls, ['consentsDue 2026-11-30T15:00:00.000Z']);
  });

  for (const query of ['', '?dueBefore=', '?dueBefore=2026-12-01', '?dueBefore=2026-12-01T00:00:00', '?due=1']) {
    it(`does not take "${query}" for a moment`, async () => {
      assert.equal((await api.call('GET', `/v1/members/consents${query}`)).status, 400);
      assert.deepEqual(api.service.calls, []);
    });
  }
});
