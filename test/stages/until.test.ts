import assert from 'node:assert/strict';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { sweep } from '../../functions/src/stages/sweep.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, load, member, members, refusalOf, view } from './support.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-11-21T12:07:00+09:00');
const EVERYBODY = 3_000;
const iso = (ms: number): string => new Date(ms).toISOString();

async function begun(to: number, untilMs: number, fields: Record<string, unknown> = {}): Promise<MemoryCloud> {
  // One range: its batches wait for room.
  const cloud = new MemoryCloud({ recipientsPerRange: EVERYBODY }, START_MS);
  await load(cloud, members(to));
  await create(cloud, to, { schedule: { until: iso(untilMs) }, ...fields });
  return cloud;
}

async function passed(cloud: MemoryCloud, untilMs: number): Promise<void> {
  void cloud.clock.sleep(untilMs - cloud.clock.now());
  await cloud.until(() => cloud.clock.now() >= untilMs);
}

/** Collects the batches that are ever written with a message that is held. */
function heldBatches(cloud: MemoryCloud): string[] {
  const held: string[] = [];
  const commit = cloud.documents.commit.bind(cloud.documents);
  cloud.documents.commit = (writes) => {
    for (const write of writes) {
      const counts = 'fields' in write ? write.fields['counts'] : undefined;
      if (typeof counts === 'object' && counts !== null && 'held.night' in counts) held.push(JSON.stringify(counts));
    }
    return commit(writes);
  };
  return held;
}

function assertNoPostFrom(cloud: MemoryCloud, untilMs: number): void {
  for (const { atMs } of cloud.fcm.posts) assert.ok(atMs < untilMs, iso(atMs));
}

describe('the end of a schedule', () => {
  for (const untilMs of [START_MS + 1_500, START_MS + 3_250, START_MS + 7_900]) {
    it(`lets nothing be posted from ${untilMs - START_MS} ms on, at full speed`, async () => {
      const cloud = await begun(EVERYBODY, untilMs);
      cloud.fcm.behaviour = (address) => ({
        result: { kind: 'accepted' },
        queuedMs: (Number(address.slice('token-'.length)) % 10) * 1_000,
        afterMs: 400,
      });
      const held = heldBatches(cloud);
      await cloud.settle();
      assert.deepEqual(held, [], 'nobody waits for the law here');
      const { state, ending, conserved, planned, outcomes } = await view(cloud);
      assert.deepEqual([state, ending, conserved, planned], ['expired', null, true, EVERYBODY]);
      assert.equal(outcomes.accepted, cloud.fcm.posts.length);
      assert.equal(outcomes.accepted + outcomes.expired, EVERYBODY);
      assert.ok(outcomes.accepted > 0 && outcomes.expired > 0);
      assertNoPostFrom(cloud, untilMs);
      assert.ok(cloud.clock.now() < untilMs + 30_000, 'it ends soon');
    });
  }

  it('changes nothing for a campaign that is through before it', async () => {
    const cloud = await begun(5, START_MS + HOUR_MS);
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['completed', { 'accepted.fcm': 5 }]);
    assert.ok(cloud.clock.now() < START_MS + HOUR_MS);
    assert.match((await refusalOf(controlCampaign(cloud.world, 'c', 'cancel', 'x'))).message, /is completed/);
  });

  it('ends retries: what FCM did not take in time has failed, and what it may have taken is unknown', async () => {
    const untilMs = START_MS + 60_000;
    const cloud = await begun(4, untilMs);
    cloud.fcm.behaviour = (address) =>
      address === 'token-1'
        ? { result: { kind: 'ambiguous', reason: 'timed-out' } }
        : { result: { kind: 'refused', code: 'UNAVAILABLE' } };
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['completed', { 'failed.unavailable': 3, 'unknown.timed-out': 1 }]);
    assertNoPostFrom(cloud, untilMs);
    assert.ok(cloud.fcm.postsTo('token-2').length > 1, 'it was tried again before');
    assert.ok(cloud.clock.now() < untilMs + 30_000);
    assert.match((await refusalOf(controlCampaign(cloud.world, 'c', 'redrive', 'x'))).message, /has passed/);
  });

  it('is not slept through by a conductor that waits for a retry', async () => {
    const untilMs = START_MS + 5 * 60_000;
    const cloud = await begun(3, untilMs);
    cloud.fcm.behaviour = () => ({ result: { kind: 'refused', code: 'QUOTA_EXCEEDED', retryAfterMs: 50 * 60_000 } });
    await cloud.until(() => cloud.fcm.posts.length === 3);
    await passed(cloud, untilMs + 5_000);
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['completed', { 'failed.quota': 3 }]);
  });

  const yes = { granted: true, at: '2026-01-02T03:04:05Z' };
  const night = async (until: string): Promise<MemoryCloud> => {
    const cloud = new MemoryCloud({}, Date.parse('2026-11-21T22:07:00+09:00'));
    await load(cloud, [
      member(1, { consent: { marketing: yes } }),
      member(2, { consent: { marketing: yes, night: yes } }),
    ]);
    await create(cloud, 2, { kind: 'marketing', schedule: { until } });
    return cloud;
  };

  it('is not waited for by what the law holds for longer', async () => {
    const cloud = await night('2026-11-22T08:00:00+09:00');
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['expired', { 'accepted.fcm': 1, 'expired.until': 1 }]);
    assert.ok(cloud.clock.now() < Date.parse('2026-11-21T22:09:00+09:00'));
  });

  it('leaves what is held the time between the night and itself', async () => {
    const cloud = await night('2026-11-22T08:00:10+09:00');
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2 });
    assertNoPostFrom(cloud, Date.parse('2026-11-22T08:00:10+09:00'));
  });

  it('ends a campaign that is paused, and nobody resumes', async () => {
    const untilMs = START_MS + HOUR_MS;
    const cloud = await begun(EVERYBODY, untilMs);
    cloud.fcm.behaviour = () => ({ result: { kind: 'accepted' }, queuedMs: 2_000 });
    await cloud.until(() => cloud.documents.all().some(({ path }) => path.includes('/batches/')));
    await controlCampaign(cloud.world, 'c', 'pause', 'operator');
    await cloud.settle();
    await passed(cloud, untilMs - 60_000);
    await sweep(cloud.world);
    await cloud.settle();
    assert.equal((await view(cloud)).state, 'paused');
    await passed(cloud, untilMs + 60_000);
    await sweep(cloud.world);
    await cloud.settle();
    const { state, conserved, outcomes } = await view(cloud);
    assert.deepEqual([state, conserved, outcomes.expired], ['expired', true, EVERYBODY]);
    assert.equal(cloud.fcm.posts.length, 0);
  });

  it('ends a campaign that is resumed too late', async () => {
    const cloud = await begun(3, START_MS + HOUR_MS);
    cloud.deliver = () => [];
    await cloud.until(() => cloud.documents.all().some(({ path }) => path.includes('/ranges/')));
    await controlCampaign(cloud.world, 'c', 'pause', 'operator');
    await cloud.settle();
    await passed(cloud, START_MS + 2 * HOUR_MS);
    cloud.deliver = () => [{ afterMs: 10 }];
    await controlCampaign(cloud.world, 'c', 'resume', 'operator');
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['expired', { 'expired.until': 3 }]);
    assert.equal(cloud.fcm.posts.length, 0);
  });

  it('counts everybody of a campaign that did not come to start', async () => {
    const cloud = new MemoryCloud({}, START_MS);
    await load(cloud, members(3));
    const { tasks } = cloud.world;
    const enqueue = tasks.enqueue.bind(tasks);
    tasks.enqueue = () => Promise.resolve();
    const at = iso(START_MS + HOUR_MS);
    await create(cloud, 3, { schedule: { at, until: iso(START_MS + HOUR_MS + 1_000) } });
    tasks.enqueue = enqueue;
    await passed(cloud, START_MS + HOUR_MS + 61_000);
    await sweep(cloud.world);
    await cloud.settle();
    const { state, reasons, planned } = await view(cloud);
    assert.deepEqual([state, planned, reasons], ['expired', 3, { 'expired.until': 3 }]);
  });
});
