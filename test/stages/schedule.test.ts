import assert from 'node:assert/strict';
import { campaignPatchSchema, type CampaignView } from '../../functions/src/contract/campaign.ts';
import type { Member } from '../../functions/src/contract/member.ts';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { startCampaign } from '../../functions/src/stages/ingest.ts';
import { launch } from '../../functions/src/stages/launch.ts';
import { patchCampaign } from '../../functions/src/stages/patch.ts';
import { sweep } from '../../functions/src/stages/sweep.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, member, members, put, refusalOf, start, view } from './support.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-11-21T12:07:00+09:00');

const iso = (ms: number): string => new Date(ms).toISOString();
const inDays = (days: number): string => iso(START_MS + days * DAY_MS);

async function scheduled(schedule: object, fields: Record<string, unknown> = {}): Promise<MemoryCloud> {
  const cloud = new MemoryCloud({}, START_MS);
  await load(cloud, members(3));
  await create(cloud, 3, { schedule, ...fields });
  return cloud;
}

async function patch(cloud: MemoryCloud, body: object): Promise<CampaignView> {
  await patchCampaign(cloud.world, 'c', campaignPatchSchema.parse(body), 'operator');
  return view(cloud);
}

async function assertSentAt(cloud: MemoryCloud, atMs: number): Promise<void> {
  await cloud.settle();
  const { state, outcomes, startedAt } = await view(cloud);
  assert.deepEqual([state, outcomes.accepted], ['completed', 3]);
  assert.equal(startedAt, iso(atMs));
  for (const post of cloud.fcm.posts) assert.ok(post.atMs >= atMs && post.atMs <= atMs + 2_000, iso(post.atMs));
}

describe('a scheduled campaign', () => {
  it('tells when it starts, and starts then', async () => {
    const cloud = await scheduled({ at: inDays(1) });
    const { state, startsAt, schedule, startedAt } = await view(cloud);
    assert.deepEqual([state, startsAt, schedule, startedAt], ['scheduled', inDays(1), { at: inDays(1) }, null]);
    await assertSentAt(cloud, START_MS + DAY_MS);
  });

  for (const days of [29, 30, 45, 366]) {
    it(`survives the hops to a time ${days} days ahead`, async () => {
      await assertSentAt(await scheduled({ at: inDays(days) }), START_MS + days * DAY_MS);
    });
  }

  it('is not changed by tasks that come twice, early or late', async () => {
    const cloud = await scheduled({ at: inDays(45) });
    for (const days of [0, 10, 20, 30, 44]) {
      await cloud.passTo(START_MS + days * DAY_MS + 1_000);
      await Promise.all([launch(cloud.world, { campaignId: 'c' }), launch(cloud.world, { campaignId: 'c' })]);
      assert.equal((await view(cloud)).state, 'scheduled');
    }
    // The clock of Cloud Tasks is ahead of this one.
    await cloud.passTo(START_MS + 45 * DAY_MS - 1_500);
    void launch(cloud.world, { campaignId: 'c' });
    await assertSentAt(cloud, START_MS + 45 * DAY_MS);
  });

  it('goes on from a hop that came a little early, by the clock of Cloud Tasks', async () => {
    const cloud = await scheduled({ at: inDays(45) });
    await cloud.passTo(START_MS + 16 * DAY_MS - 1_500);
    await launch(cloud.world, { campaignId: 'c' });
    const { tasks } = cloud.world;
    const enqueue = tasks.enqueue.bind(tasks);
    // The hop itself has been used up: only what it made may start the campaign.
    tasks.enqueue = (task, ...rest) => (task === 'launch' ? Promise.resolve() : enqueue(task, ...rest));
    await assertSentAt(cloud, START_MS + 45 * DAY_MS);
  });

  it('starts in time though a hop on the way was lost, and a minute late where the last was', async () => {
    for (const [lost, lateMs] of [
      [1, 0],
      [2, 70_000],
    ] as const) {
      const cloud = new MemoryCloud({}, START_MS);
      const { tasks } = cloud.world;
      const enqueue = tasks.enqueue.bind(tasks);
      let made = 0;
      tasks.enqueue = async (...task) => {
        if ((made += 1) !== lost) await enqueue(...task);
      };
      await load(cloud, members(3));
      await create(cloud, 3, { schedule: { at: inDays(45) } });
      const hopMs = START_MS + 16 * DAY_MS;
      for (const atMs of [hopMs, hopMs + 70_000, START_MS + 45 * DAY_MS, START_MS + 45 * DAY_MS + 70_000]) {
        await cloud.passTo(atMs);
        await sweep(cloud.world);
      }
      await assertSentAt(cloud, START_MS + 45 * DAY_MS + lateMs);
    }
  });

  it('is cancelled before it starts, and nothing happens at its time', async () => {
    const cloud = await scheduled({ at: inDays(1) });
    await controlCampaign(cloud.world, 'c', 'cancel', 'operator');
    await cloud.settle();
    assert.equal((await view(cloud)).state, 'cancelled');
    assert.equal(cloud.fcm.posts.length, 0);
  });

  it('asks for consent when it is sent, and not when it was scheduled', async () => {
    const consent = (granted: boolean): Partial<Member> => ({ consent: { marketing: { granted, at: inDays(-9) } } });
    const cloud = new MemoryCloud({}, START_MS);
    await load(cloud, [member(1, consent(true)), member(2, consent(true)), member(3, consent(false))]);
    await create(cloud, 3, { kind: 'marketing', schedule: { at: inDays(45) } });
    await cloud.passTo(START_MS + 44 * DAY_MS);
    await load(cloud, [member(2, consent(false)), member(3, consent(true))]);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'suppressed.refused': 1 });
    assert.equal(cloud.fcm.postsTo('token-2').length, 0);
  });

  it('warns of the quarter of an hour until it begins', async () => {
    const cloud = await scheduled({ at: '2026-11-21T13:00:00+09:00' });
    assert.deepEqual(
      (await view(cloud)).warnings.map(({ field, nextGoodMinute }) => [field, nextGoodMinute]),
      [['/schedule/at', '2026-11-21T04:03:00.000Z']],
    );
    await cloud.settle();
    assert.deepEqual((await view(cloud)).warnings, []);
  });

  it('is refused where its schedule cannot be kept, and nothing is stored', async () => {
    const refusal = await refusalOf(scheduled({ at: inDays(-1) }));
    assert.equal(refusal.code, 'invalid');
    assert.deepEqual(refusal.errors, [{ field: '/schedule/at', message: 'is in the past' }]);
  });

  it('is the same when it is asked for again, long after its time', async () => {
    const cloud = await scheduled({ at: inDays(1) });
    await cloud.settle();
    await cloud.passTo(START_MS + 9 * DAY_MS);
    await create(cloud, 3, { schedule: { at: inDays(1) } });
    assert.equal((await view(cloud)).state, 'completed');
  });
});

describe('a change of the schedule', () => {
  for (const [how, from, to] of [
    ['back', 2, 40],
    ['forward', 40, 2],
  ] as const) {
    it(`moves the campaign ${how}, and nothing is left of its old time`, async () => {
      const cloud = await scheduled({ at: inDays(from) });
      const moved = await patch(cloud, { schedule: { at: inDays(to) } });
      assert.deepEqual([moved.state, moved.startsAt], ['scheduled', inDays(to)]);
      await assertSentAt(cloud, START_MS + to * DAY_MS);
    });
  }

  it('may go back to where it was, by the same tasks', async () => {
    const cloud = await scheduled({ at: inDays(2) });
    await patch(cloud, { schedule: { at: inDays(3) } });
    await patch(cloud, { schedule: { at: inDays(2) } });
    await assertSentAt(cloud, START_MS + 2 * DAY_MS);
  });

  it('with null starts it at once', async () => {
    const cloud = await scheduled({ at: inDays(2) });
    await cloud.passTo(START_MS + HOUR_MS);
    assert.equal((await patch(cloud, { schedule: null })).schedule, null);
    await assertSentAt(cloud, START_MS + HOUR_MS);
  });

  it('is written down once, and leaves the id to the body that it was created with', async () => {
    const cloud = await scheduled({ at: inDays(2) });
    for (let times = 0; times < 2; times += 1) await patch(cloud, { schedule: { at: inDays(3) } });
    await patch(cloud, {});
    await create(cloud, 3, { schedule: { at: inDays(2) } });
    const { audit, startsAt } = await view(cloud);
    assert.deepEqual(
      audit.map(({ who, what }) => [who, what]),
      [
        ['main-server', 'created as transactional'],
        ['operator', 'changed schedule'],
      ],
    );
    assert.equal(startsAt, inDays(3));
    assert.equal((await refusalOf(create(cloud, 3, { schedule: { at: inDays(3) } }))).code, 'conflict');
  });

  it('makes sense before the start alone', async () => {
    const cloud = await scheduled({ at: inDays(1) });
    await cloud.settle();
    const refusal = await refusalOf(patch(cloud, { schedule: null }));
    assert.deepEqual([refusal.code, refusal.message], ['conflict', 'The campaign is completed and cannot be changed.']);
    // What stands so already may be asked for again: the answer to the first call may have been lost.
    assert.equal((await patch(cloud, { schedule: { at: inDays(1) } })).state, 'completed');
    assert.equal((await refusalOf(patchCampaign(cloud.world, 'other', {}, 'operator'))).code, 'not_found');
  });

  it('may bring another pace, held against the same budget', async () => {
    const cloud = await scheduled({ at: inDays(1) });
    const pace = { perSecond: 200 };
    const changed = await patch(cloud, { schedule: { at: inDays(2) }, pace });
    assert.deepEqual([changed.pace.perSecond, changed.startsAt], [200, inDays(2)]);
    await patch(cloud, { pace });
    const { audit, startsAt } = await patch(cloud, { pace: null });
    assert.equal(startsAt, inDays(2));
    assert.deepEqual(
      audit.slice(1).map(({ what }) => what),
      ['changed schedule and pace', 'changed pace'],
    );
    const refusal = await refusalOf(patch(cloud, { pace: { perSecond: 10_001 } }));
    assert.deepEqual([refusal.code, refusal.errors[0]?.field], ['invalid', '/pace/perSecond']);
  });

  it('is held against the clock as a new one is', async () => {
    const cloud = await scheduled({ at: inDays(1) });
    const refusal = await refusalOf(patch(cloud, { schedule: { at: inDays(400) } }));
    assert.deepEqual([refusal.code, refusal.errors[0]?.field], ['invalid', '/schedule/at']);
    assert.equal((await view(cloud)).startsAt, inDays(1));
  });
});

describe('the schedule of a draft', () => {
  it('counts from its start: later than `at` it is sent at once', async () => {
    const cloud = await scheduled({ at: inDays(1) }, { start: false });
    const draft = await view(cloud);
    assert.deepEqual([draft.state, draft.startsAt], ['draft', null]);
    await patch(cloud, { schedule: { at: inDays(2) } });
    assert.equal((await view(cloud)).state, 'draft');
    await cloud.passTo(START_MS + 3 * DAY_MS);
    await startCampaign(cloud.world, 'c', null, 'operator');
    await assertSentAt(cloud, START_MS + 3 * DAY_MS);
  });

  it('cannot be started once its `until` has passed, and can again when that was moved', async () => {
    const cloud = await scheduled({ until: inDays(1) }, { start: false });
    await cloud.passTo(START_MS + DAY_MS);
    assert.equal((await refusalOf(startCampaign(cloud.world, 'c', null, 'operator'))).code, 'conflict');
    await patch(cloud, { schedule: { until: inDays(2) } });
    await startCampaign(cloud.world, 'c', null, 'operator');
    await assertSentAt(cloud, START_MS + DAY_MS);
  });
});

describe('a scheduled upload', () => {
  const at = { schedule: { at: inDays(45) } };

  it('keeps its recipients until it is sent, and no longer', async () => {
    const cloud = new MemoryCloud({ recipientTtlMs: 30 * DAY_MS }, START_MS);
    await createUpload(cloud, at);
    await put(cloud, 1, [line('a'), line('b'), line('d')]);
    const pages = (): { readonly fields: Readonly<Record<string, unknown>> }[] =>
      cloud.documents.all().filter(({ path }) => path.includes('/recipients/'));
    assert.deepEqual(
      pages().map(({ fields }) => fields['expireAt']),
      [new Date(START_MS + 75 * DAY_MS)],
    );
    assert.equal((await start(cloud, 1, 3)).startsAt, inDays(45));
    await assertSentAt(cloud, START_MS + 45 * DAY_MS);
    assert.deepEqual(pages(), []);
  });

  it('is not moved to a time at which they would be gone', async () => {
    const cloud = new MemoryCloud({ recipientTtlMs: 30 * DAY_MS }, START_MS);
    await createUpload(cloud);
    await put(cloud, 1, [line('a')]);
    await patch(cloud, at);
    assert.match((await refusalOf(start(cloud, 1, 1))).errors[0]?.message ?? '', /would be gone/);
    await patch(cloud, { schedule: { at: inDays(14) } });
    await start(cloud, 1, 1);
    const refusal = await refusalOf(patch(cloud, at));
    assert.deepEqual([refusal.code, refusal.errors[0]?.field], ['invalid', '/schedule/at']);
    assert.equal((await view(cloud)).startsAt, inDays(14));
  });

  it('that is cancelled leaves no recipients behind', async () => {
    const cloud = new MemoryCloud({}, START_MS);
    await createUpload(cloud, at);
    await put(cloud, 1, [line('a')]);
    await start(cloud, 1, 1);
    await controlCampaign(cloud.world, 'c', 'cancel', 'operator');
    assert.deepEqual(
      cloud.documents.all().filter(({ path }) => path.includes('/recipients/') || path.includes('/parts/')),
      [],
    );
  });
});
