import assert from 'node:assert/strict';
import { Audience, client, cloud, ended, eventually, fcm, wrapDelivery, type Arrival } from './support/cloud.ts';

/** Addresses that FCM accepted a message for, with how often. */
function acceptedBy(posts: readonly Arrival[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { address, decision } of posts) {
    if (decision === 'accepted') counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  return counts;
}

describe('trouble on the local cloud', function () {
  this.timeout(180_000);

  it('posts to nobody twice when every range is delivered three times at once', async () => {
    const audience = new Audience(3_000);
    await audience.load();
    let deliveries = 0;
    wrapDelivery((deliver) => async (message) => {
      deliveries += 3;
      const verdicts = await Promise.all([deliver(message), deliver(message), deliver(message)]);
      return verdicts.includes('nack') ? 'nack' : 'ack';
    });
    await client().createCampaign(audience.campaign());
    const view = await ended(audience.campaign().id);
    assert.equal(view.outcomes.accepted, 3_000);
    assert.equal(view.resent, 0);
    assert.ok(deliveries >= 6);
    assert.equal((await audience.posts()).length, 3_000);
  });

  it('loses nobody when a host is killed in the middle of a range, and says what it sent again', async () => {
    const audience = new Audience(4_000);
    await audience.load();
    // Slow enough that the kill meets a range half sent.
    await fcm('PUT', '/faults/slow', { kind: 'latency', fixedMs: 400 });
    await client().createCampaign(audience.campaign());
    await eventually('the first POSTs', 30_000, async () => (await audience.posts()).length > 200);
    for (const { name, group } of cloud().host?.instances() ?? []) {
      if (group === 'sendRange') cloud().host?.kill(name, 'SIGKILL');
    }
    await fcm('DELETE', '/faults/slow');
    const view = await ended(audience.campaign().id);
    assert.equal(view.state, 'completed');
    assert.equal(view.conserved, true);
    assert.equal(view.outcomes.accepted, 4_000);
    const accepted = acceptedBy(await audience.posts());
    assert.equal(accepted.size, 4_000);
    const twice = [...accepted.values()].reduce((sum, n) => sum + n - 1, 0);
    assert.ok(view.resent > 0 && twice <= view.resent, `${twice} accepted twice, ${view.resent} said`);
    const report = JSON.parse(await fcm('GET', '/report')) as { shownTwice: number };
    assert.equal(report.shownTwice, 0);
  });

  it('ends a campaign in which every twentieth address hangs for 8 s', async () => {
    const audience = new Audience(4_000);
    await audience.load((place) => (place % 20 === 0 ? 'hang-8000:#' : '#'));
    const startedAt = Date.now();
    await client().createCampaign(audience.campaign());
    await eventually('all others to be posted to', 60_000, async () => {
      const posts = await audience.posts();
      return posts.filter(({ address }) => !address.startsWith('hang')).length === 3_800;
    });
    const view = await ended(audience.campaign().id);
    assert.equal(view.outcomes.accepted, 4_000);
    assert.equal(view.resent, 0);
    assert.ok(Date.now() - startedAt > 8_000);
    assert.equal((await audience.posts()).length, 4_000);
  });

  it('sends to all after FCM was not reachable for 30 s, and posted to nobody meanwhile', async () => {
    const audience = new Audience(1_000);
    await audience.load();
    await fcm('PUT', '/faults/outage', { kind: 'outage', mode: 'refuse', forMs: 30_000 });
    await client().createCampaign(audience.campaign());
    const waiting = await eventually('messages that wait for a retry', 60_000, async () => {
      const view = await client().campaign(audience.campaign().id);
      return (view.reasons['retry.network'] ?? 0) > 0 && view;
    });
    assert.equal(waiting.state, 'running');
    const view = await ended(audience.campaign().id);
    assert.deepEqual(view.reasons, { 'accepted.fcm': 1_000 });
    assert.equal(view.resent, 0);
    assert.equal((await audience.posts()).length, 1_000);
  });

  it('tries again what FCM asks to be tried again, after 10 s at the least, and nothing else', async () => {
    const audience = new Audience(200);
    await audience.load((place) => (place % 10 === 0 ? 'flaky-1-unavailable:#' : '#'));
    await client().createCampaign(audience.campaign());
    const view = await ended(audience.campaign().id);
    assert.deepEqual(view.reasons, { 'accepted.fcm': 200 });
    const posts = await audience.posts();
    assert.equal(posts.length, 220);
    const flaky = Map.groupBy(
      posts.filter(({ address }) => address.startsWith('flaky')),
      ({ address }) => address,
    );
    for (const [first, second] of flaky.values()) assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 10_000);
  });
});
