import assert from 'node:assert/strict';
import { Audience, client, ended, eventually } from './support/cloud.ts';

/** What was begun on a connection before the end may arrive this much later: as after a pause. */
const LAST_POST_MS = 5_000;
const HOUR_MS = 3_600_000;

describe('a schedule on the local cloud', function () {
  this.timeout(180_000);

  it('that was moved starts the campaign at its new time, and not before', async () => {
    const audience = new Audience(200);
    await audience.load();
    const inAnHour = new Date(Date.now() + HOUR_MS).toISOString();
    const { id, state } = await client().createCampaign({ ...audience.campaign(), schedule: { at: inAnHour } });
    assert.equal(state, 'scheduled');
    const atMs = Date.now() + 4_000;
    const at = new Date(atMs).toISOString();
    assert.equal((await client().patchCampaign(id, { schedule: { at } })).startsAt, at);
    const view = await ended(id);
    assert.deepEqual([view.state, view.outcomes.accepted], ['completed', 200]);
    assert.ok(Date.parse(view.startedAt ?? '') >= atMs);
    for (const post of await audience.posts()) assert.ok(post.at >= atMs, `${atMs - post.at} ms too early`);
  });

  it('ends a campaign in full swing, and everybody who was not written to is expired', async () => {
    const everybody = 20_000;
    const audience = new Audience(everybody);
    await audience.load();
    const untilMs = Date.now() + 10_000;
    const at = new Date(untilMs - 7_000).toISOString();
    const schedule = { at, until: new Date(untilMs).toISOString() };
    // Slow enough that the end comes in the middle.
    const { id } = await client().createCampaign({ ...audience.campaign(), schedule, pace: { perSecond: 2_000 } });
    await eventually('the first POSTs', 30_000, async () => (await audience.posts()).length > 0);
    const view = await ended(id);
    const posts = await audience.posts();
    assert.deepEqual([view.state, view.conserved, view.planned], ['expired', true, everybody]);
    assert.equal(view.outcomes.accepted, posts.length);
    assert.equal(view.outcomes.accepted + view.outcomes.expired, everybody);
    assert.ok(Math.max(...posts.map((post) => post.at)) <= untilMs + LAST_POST_MS);
  });
});
