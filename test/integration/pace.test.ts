import assert from 'node:assert/strict';
import { auditOwnRate } from '../pacing/audit.ts';
import { Audience, client, ended } from './support/cloud.ts';

describe('pace on the local cloud', function () {
  this.timeout(180_000);

  it('lets a campaign with a rate of its own arrive no faster, and gets it through', async () => {
    const audience = new Audience(3_000);
    await audience.load();
    const { id } = await client().createCampaign({ ...audience.campaign(), pace: { perSecond: 200 } });
    const view = await ended(id);
    assert.deepEqual([view.state, view.outcomes.accepted], ['completed', 3_000]);
    const arrivals = (await audience.posts()).map(({ at, address, tag, decision }) => ({
      atMs: at,
      address,
      tag,
      campaign: id,
      accepted: decision === 'accepted',
    }));
    assert.equal(arrivals.length, 3_000);
    // A machine that is busy with other things makes it slower, and never faster.
    const tooFast = auditOwnRate(arrivals, 200).filter((breach) => breach.includes('may'));
    assert.deepEqual(tooFast, []);
  });
});
