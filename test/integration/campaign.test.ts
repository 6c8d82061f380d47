import assert from 'node:assert/strict';
import { BongsuError } from '../../client/index.ts';
import { Audience, client, ended } from './support/cloud.ts';

async function refusal(call: Promise<unknown>): Promise<BongsuError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof BongsuError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the call was not refused' });
}

describe('a campaign on the local cloud', function () {
  this.timeout(90_000);

  it('reaches every address once and can tell of each member', async () => {
    const audience = new Audience(3_100);
    await audience.load((place) => (place === 7 ? 'dead:#' : place === 8 ? 'mismatch:#' : '#'));
    const created = await client().createCampaign(audience.campaign());
    assert.equal(created.state, 'scheduled');
    const view = await ended(created.id);
    assert.equal(view.state, 'completed');
    assert.deepEqual(view.reasons, { 'accepted.fcm': 3_098, 'invalid.sender-mismatch': 1, 'invalid.unregistered': 1 });
    assert.equal(view.conserved, true);
    assert.equal((await audience.posts()).length, 3_100);

    const dead = await client().outcome(created.id, audience.from + 7);
    assert.deepEqual(
      dead.messages.map(({ outcome, reason, attempts }) => [outcome, reason, attempts]),
      [['invalid', 'unregistered', 1]],
    );
    assert.equal((await refusal(client().outcome(created.id, audience.to + 1))).code, 'not_found');
    const keys = new Set<string>();
    for await (const line of client().outcomes(created.id)) keys.add(line.key);
    assert.equal(keys.size, 3_100);
    const invalid = await Array.fromAsync(client().outcomes(created.id, { outcome: 'invalid' }));
    assert.deepEqual(
      invalid.map(({ key }) => Number(key) - audience.from),
      [7, 8],
    );
  });

  it('is one campaign, posted twice at once and again later; another body under its id is refused', async () => {
    const audience = new Audience(600);
    await audience.load();
    const request = audience.campaign();
    const [one, two] = await Promise.all([client().createCampaign(request), client().createCampaign(request)]);
    assert.equal(one.id, two.id);
    await ended(one.id);
    assert.equal((await client().createCampaign(request)).state, 'completed');
    const other = await refusal(client().createCampaign({ ...request, message: { title: 'Title', body: 'another' } }));
    assert.deepEqual([other.status, other.code], [409, 'conflict']);
    assert.equal((await audience.posts()).length, 600);
  });

  it('stays a draft until it is started', async () => {
    const audience = new Audience(3);
    await audience.load();
    const draft = await client().createCampaign(audience.campaign({ start: false }));
    assert.equal(draft.state, 'draft');
    await client().startCampaign(draft.id);
    await client().startCampaign(draft.id);
    assert.equal((await ended(draft.id)).outcomes.accepted, 3);
    assert.equal((await audience.posts()).length, 3);
  });

  it('is listed, newest first, page by page and by state', async () => {
    const audience = new Audience(1);
    await audience.load();
    const ids = ['a', 'b', 'c'].map((letter) => `listed-${letter}`);
    for (const id of ids) await client().createCampaign(audience.campaign({ id, start: false }));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client().campaigns({ state: 'draft', limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.campaigns.map(({ id }) => id));
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(
      seen.filter((id) => id.startsWith('listed-')),
      ids.toReversed(),
    );
    assert.equal((await refusal(client().campaigns({ cursor: 'nonsense' }))).code, 'bad_request');
  });

  it('is refused with the field where it cannot be meant, and nothing is stored', async () => {
    const audience = new Audience(1);
    await audience.load();
    const cases: [fields: object, code: string, field: string][] = [
      [{ audience: { members: { from: 5, to: 4 } } }, 'invalid', '/audience/members/from'],
      [{ audience: { members: { from: 900_000_000, to: 900_000_100 } } }, 'audience_empty', '/audience/members'],
      [
        { audience: { members: { from: audience.from + 1, to: audience.from + 2 } } },
        'audience_empty',
        '/audience/members',
      ],
      [{ message: { title: 'a', body: '{{name' } }, 'invalid', '/message/body'],
      [{ message: { title: 'a', body: 'b', data: { d: '가'.repeat(1_400) } } }, 'invalid', '/message'],
      [{ schedule: { at: '2025-01-01T00:00:00Z' } }, 'invalid', '/schedule/at'],
    ];
    for (const [fields, code, field] of cases) {
      const request = audience.campaign({ id: 'never-stored', ...fields });
      const refused = await refusal(client().createCampaign(request));
      assert.deepEqual([refused.code, refused.errors.map((error) => error.field)], [code, [field]]);
    }
    assert.equal((await refusal(client().campaign('never-stored'))).code, 'not_found');
  });
});
