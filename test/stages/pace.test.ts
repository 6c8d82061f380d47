import assert from 'node:assert/strict';
import type { SendResult } from '../../functions/src/contract/push.ts';
import { showCampaign } from '../../functions/src/stages/report.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import type { Behaviour } from '../memory/fcm.ts';
import { auditOwnRate, auditProject, auditRamp, auditRetries, auditWindow, type Arrival } from '../pacing/audit.ts';
import { create, load, members, refusalOf, view } from './support.ts';

const ACCEPTED: SendResult = { kind: 'accepted' };

/** A campaign whose title is its id, so that the audit can tell whose POST it was. */
const campaign = (cloud: MemoryCloud, id: string, to: number, fields: Record<string, unknown> = {}): Promise<void> =>
  create(cloud, to, { id, message: { title: id, body: 'Body' }, ...fields });

function arrivals(cloud: MemoryCloud, id?: string): Arrival[] {
  return cloud.fcm.posts
    .filter(({ push }) => id === undefined || push.title.endsWith(id))
    .map(({ atMs, address, push, result }) => ({
      atMs,
      address,
      tag: push.tag,
      campaign: push.title,
      accepted: result.kind === 'accepted',
      ...('retryAfterMs' in result && result.retryAfterMs !== undefined ? { retryAfterMs: result.retryAfterMs } : {}),
    }));
}

/** FCM as it is: most answers in 50 to 250 ms, one in twenty after 8 s. */
const asItIs: Behaviour = (address) => {
  const memberNo = Number(address.slice('token-'.length));
  return {
    result: ACCEPTED,
    queuedMs: (memberNo * 7) % 40,
    afterMs: memberNo % 20 === 0 ? 8_000 : 50 + ((memberNo * 31) % 200),
  };
};

describe('the end of a campaign', () => {
  it('is seen within little more than a second, whenever it comes', async () => {
    for (const count of [1_500, 1_600, 1_700, 1_800]) {
      const cloud = new MemoryCloud();
      await load(cloud, members(count));
      await campaign(cloud, 'own', count, { pace: { perSecond: 100 } });
      await cloud.settle();
      const { state, endedAt } = await showCampaign(cloud.world, 'own');
      assert.equal(state, 'completed');
      const lastMs = Math.max(...cloud.fcm.posts.map(({ atMs }) => atMs));
      assert.ok(Date.parse(endedAt ?? '') - lastMs <= 1_300, `${count}: ${Date.parse(endedAt ?? '') - lastMs} ms`);
    }
  });
});

describe('a campaign with a rate of its own', () => {
  for (const [perSecond, count] of [
    [10, 2_000],
    [100, 4_000],
    [500, 10_000],
    [2_000, 40_000],
  ] as const) {
    it(`of ${perSecond} a second keeps it within 5%`, async () => {
      const cloud = new MemoryCloud({ recipientsPerRange: 10_000 });
      // Of 2,000 a second a twentieth hangs for 8 s: more than a thousand at once.
      cloud.mostInFlight = 2_000;
      await load(cloud, members(count));
      cloud.fcm.behaviour = asItIs;
      await campaign(cloud, 'own', count, { pace: { perSecond } });
      await cloud.until(() => cloud.fcm.posts.length > count / 2);
      const { pace } = await showCampaign(cloud.world, 'own');
      assert.equal(pace.perSecond, perSecond);
      assert.ok(pace.grantedPerSecond <= perSecond);
      await cloud.settle();
      assert.equal(cloud.fcm.posts.length, count);
      assert.deepEqual(auditOwnRate(arrivals(cloud), perSecond), []);
    }).timeout(60_000);
  }

  it('keeps it with its retries', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(4_000));
    cloud.fcm.behaviour = (address, seen) =>
      seen === 0 && address.endsWith('3') ? { result: { kind: 'refused', code: 'UNAVAILABLE' } } : { result: ACCEPTED };
    await campaign(cloud, 'own', 4_000, { pace: { perSecond: 100 } });
    await cloud.settle();
    assert.equal(cloud.fcm.posts.length, 4_400);
    assert.deepEqual(auditRetries(arrivals(cloud)), []);
    assert.deepEqual(
      auditOwnRate(arrivals(cloud), 100).filter((breach) => breach.includes('may')),
      [],
    );
  });

  it('is refused one above the budget, with the bounds', async () => {
    const cloud = new MemoryCloud({ fcmPerMinute: 6_000 });
    await load(cloud, members(1));
    const refusal = await refusalOf(create(cloud, 1, { pace: { perSecond: 101 } }));
    assert.equal(refusal.code, 'invalid');
    assert.deepEqual(refusal.errors, [
      { field: '/pace/perSecond', message: 'must be from 1 to 100, the budget of this project' },
    ]);
    await assert.rejects(create(cloud, 1, { pace: { perSecond: 0 } }), /perSecond/);
    await create(cloud, 1, { pace: { perSecond: 100 } });
  });
});

describe('the budget of the project', () => {
  const PER_MINUTE = 6_000;

  it('is kept by three campaigns at once, and none of them starves', async () => {
    const cloud = new MemoryCloud({ fcmPerMinute: PER_MINUTE });
    await load(cloud, members(6_000));
    cloud.fcm.behaviour = asItIs;
    await campaign(cloud, 'a', 6_000);
    await cloud.until(() => cloud.fcm.posts.length > 1_000);
    await campaign(cloud, 'b', 6_000);
    await cloud.until(() => arrivals(cloud, 'b').length > 500);
    const fromMs = cloud.clock.now();
    await campaign(cloud, 'c', 6_000);
    await cloud.until(() => cloud.clock.now() >= fromMs + 60_000);
    const inTheMinute = (id: string): number => arrivals(cloud, id).filter(({ atMs }) => atMs >= fromMs).length;
    for (const id of ['a', 'b', 'c']) assert.ok(inTheMinute(id) > 1_300, `${id} sent ${inTheMinute(id)}`);
    await cloud.settle();
    assert.equal(cloud.fcm.posts.length, 18_000);
    assert.deepEqual(auditProject(arrivals(cloud), PER_MINUTE), []);
    const [first, last] = [cloud.fcm.posts[0]?.atMs ?? 0, cloud.fcm.posts.at(-1)?.atMs ?? 0];
    const usedPerSecond = 18_000 / ((last - first) / 1_000);
    assert.ok(usedPerSecond > 88, `it is used, too, not ${usedPerSecond} a second`);
  }).timeout(60_000);

  it('is used by few instances, too: ranges that wait for one keep little of it from the others', async () => {
    const cloud = new MemoryCloud({ fcmPerMinute: 10 * PER_MINUTE, recipientsPerRange: 500 });
    cloud.rangesAtOnce = 3;
    await load(cloud, members(12_000));
    await campaign(cloud, 'a', 12_000);
    await cloud.until(() => cloud.fcm.posts.length > 1_500);
    const [fromMs, before] = [cloud.clock.now(), cloud.fcm.posts.length];
    await cloud.until(() => cloud.fcm.posts.length > 10_000);
    const perSecond = ((cloud.fcm.posts.length - before) * 1_000) / (cloud.clock.now() - fromMs);
    assert.ok(perSecond > 0.55 * (PER_MINUTE / 6), `${perSecond} a second`);
    await cloud.settle();
    assert.deepEqual(auditProject(arrivals(cloud), 10 * PER_MINUTE), []);
  }).timeout(60_000);

  it('of 600,000 a minute is kept by three of different kinds, and each has what it may', async () => {
    const each = 40_000;
    const cloud = new MemoryCloud({ recipientsPerRange: 12_000 });
    cloud.mostInFlight = 4_000;
    const consent = { marketing: { granted: true, at: '2026-01-01T00:00:00Z' } };
    await load(
      cloud,
      members(each).map((one) => ({ ...one, consent })),
    );
    cloud.fcm.behaviour = asItIs;
    await campaign(cloud, 'own', each, { pace: { perSecond: 2_000 } });
    await campaign(cloud, 'quick', each);
    await campaign(cloud, 'slow', each, { kind: 'marketing' });
    await cloud.settle();
    assert.equal(cloud.fcm.posts.length, 3 * each);
    // Batches go out whole: in a second they may make a fifth more, in 10 s a twentieth.
    assert.deepEqual(auditWindow(arrivals(cloud), 1_000, 12_000), []);
    assert.deepEqual(auditWindow(arrivals(cloud), 10_000, 105_000), []);
    assert.deepEqual(auditProject(arrivals(cloud), 600_000), []);
    const lastMs = (id: string): number => Math.max(...arrivals(cloud, id).map(({ atMs }) => atMs));
    assert.ok(lastMs('quick') < lastMs('slow'), 'the heavier one is through first');
    assert.deepEqual(auditOwnRate(arrivals(cloud, 'own'), 2_000), []);
  }).timeout(60_000);

  it('leaves a campaign that is alone as quick as it was', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(4_000));
    const fromMs = cloud.clock.now();
    await campaign(cloud, 'a', 4_000);
    await cloud.settle();
    assert.ok((cloud.fcm.posts[0]?.atMs ?? Infinity) - fromMs < 1_000);
    assert.ok((cloud.fcm.posts.at(-1)?.atMs ?? Infinity) - fromMs < 5_000);
  });
});

describe('the ramp of a large campaign', () => {
  it('rises in a straight line from nothing', async () => {
    const cloud = new MemoryCloud({ rampAbove: 1_000, rampMs: 60_000, fcmPerMinute: 12_000 });
    await load(cloud, members(8_000));
    const fromMs = cloud.clock.now();
    await campaign(cloud, 'a', 8_000);
    await cloud.settle();
    assert.equal(cloud.fcm.posts.length, 8_000);
    // A batch of each of the lanes may go out whole.
    assert.deepEqual(auditRamp(arrivals(cloud), { fromMs, rampMs: 60_000, perSecond: 200, atOnce: 500 }), []);
    const inAMinute = arrivals(cloud).filter(({ atMs }) => atMs < fromMs + 60_000).length;
    assert.ok(inAMinute > 5_000, `${inAMinute} in the first minute`);
  });
});

describe('retries', () => {
  it('come no sooner than FCM asks, nor than 10 s, and not after an hour', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(300));
    cloud.fcm.behaviour = (address, seen) => {
      const memberNo = Number(address.slice('token-'.length));
      if (memberNo % 3 === 0 && seen === 0)
        return { result: { kind: 'refused', code: 'UNAVAILABLE', retryAfterMs: 45_000 } };
      if (memberNo % 5 === 0) return { result: { kind: 'refused', code: 'INTERNAL' } };
      if (memberNo % 7 === 0) return { result: { kind: 'refused', code: 'QUOTA_EXCEEDED', retryAfterMs: 4_000_000 } };
      return { result: ACCEPTED };
    };
    await create(cloud, 300, { message: { title: 'c', body: 'b' }, policy: { maxAttempts: 20 } });
    await cloud.settle();
    assert.deepEqual(auditRetries(arrivals(cloud)), []);
    const { conserved, reasons } = await view(cloud);
    assert.equal(conserved, true);
    assert.ok((reasons['failed.internal'] ?? 0) > 0 && (reasons['failed.quota'] ?? 0) > 0);
  });
});
