import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { BongsuError, type CampaignView } from '../../client/index.ts';
import { Audience, client, ended, eventually, type Arrival } from './support/cloud.ts';

/** What the design promises: no POST later than this after the call was answered. */
const LAST_POST_MS = 5_000;
const EVERYBODY = 20_000;

/** A campaign at the full speed of this machine, long enough to be met in the middle. */
async function inFullSwing(): Promise<Audience> {
  const audience = new Audience(EVERYBODY);
  await audience.load();
  await client().createCampaign(audience.campaign());
  await eventually('the first POSTs', 30_000, async () => (await audience.posts()).length > 1_000);
  return audience;
}

function assertQuietAfter(posts: readonly Arrival[], answeredAtMs: number): void {
  const last = Math.max(...posts.map(({ at }) => at));
  assert.ok(last <= answeredAtMs + LAST_POST_MS, `a POST ${last - answeredAtMs} ms after the answer`);
}

/** Longer than the 5 s, so that a POST that came late would be seen. */
async function quietPosts(audience: Audience, answeredAtMs: number): Promise<Arrival[]> {
  await delay(LAST_POST_MS + 2_000);
  const posts = await audience.posts();
  assertQuietAfter(posts, answeredAtMs);
  return posts;
}

describe('control on the local cloud', function () {
  this.timeout(180_000);

  it('pauses at full speed, and goes on without losing or repeating anybody', async () => {
    const audience = await inFullSwing();
    const { id } = audience.campaign();
    const paused = await client().pauseCampaign(id);
    const answeredAtMs = Date.now();
    assert.equal(paused.state, 'paused');
    const posts = await quietPosts(audience, answeredAtMs);
    assert.ok(posts.length < EVERYBODY, 'it was met in the middle');
    assert.equal((await client().pauseCampaign(id)).state, 'paused');
    assert.equal((await client().resumeCampaign(id)).state, 'running');
    const view = await ended(id);
    assert.deepEqual([view.state, view.outcomes.accepted, view.conserved], ['completed', EVERYBODY, true]);
    const all = await audience.posts();
    assert.equal(all.length, EVERYBODY);
    assert.equal(new Set(all.map(({ address }) => address)).size, EVERYBODY);
    assert.deepEqual(
      view.audit.map(({ who, what }) => [who, what]).slice(1),
      ['pause', 'resume'].map((what) => [view.createdBy, what]),
    );
  });

  it('cancels at full speed, and gives everybody who was not written to that outcome', async () => {
    const audience = await inFullSwing();
    const { id } = audience.campaign();
    await client().cancelCampaign(id);
    const posts = await quietPosts(audience, Date.now());
    const view: CampaignView = await ended(id);
    assert.deepEqual([view.state, view.conserved, view.planned], ['cancelled', true, EVERYBODY]);
    assert.equal(view.outcomes.accepted, posts.length);
    assert.equal(view.outcomes.cancelled, EVERYBODY - posts.length);
    assert.ok(view.outcomes.cancelled > 0, 'it was met in the middle');
    await assert.rejects(client().resumeCampaign(id), (error) => {
      assert.ok(error instanceof BongsuError);
      assert.deepEqual([error.status, error.code], [409, 'conflict']);
      assert.match(error.detail, /is cancelled/);
      return true;
    });
  });

  it('redrives exactly what failed, to the address that the member has by then', async () => {
    const audience = new Audience(1_200);
    const fails = (place: number): boolean => place % 100 === 7;
    await audience.load((place) => (fails(place) ? 'badpayload:#' : '#'));
    const { id } = await client().createCampaign(audience.campaign());
    assert.deepEqual((await ended(id)).reasons, { 'accepted.fcm': 1_188, 'failed.payload': 12 });
    await audience.load();
    assert.equal((await client().redriveCampaign(id)).state, 'running');
    const view = await ended(id);
    assert.deepEqual([view.state, view.planned, view.conserved], ['completed', 1_200, true]);
    assert.deepEqual([view.reasons, view.resent], [{ 'accepted.fcm': 1_200 }, 0]);
    const posts = await audience.posts();
    assert.equal(posts.length, 1_212);
    const again = posts.slice(1_200).map(({ address }) => Number(address.slice(audience.mark.length)));
    assert.deepEqual(
      again.toSorted((a, b) => a - b),
      Array.from({ length: 12 }, (_, index) => index * 100 + 7),
    );
  });
});
