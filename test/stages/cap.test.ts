import assert from 'node:assert/strict';
import type { Member } from '../../functions/src/contract/member.ts';
import { removeMember } from '../../functions/src/store/directory.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, member, postCounts, put, start, view } from './support.ts';
import { showCampaign } from '../../functions/src/stages/report.ts';

const DAY_MS = 86_400_000;
const YES = { granted: true, at: '2026-01-01T00:00:00Z' };
const agreed = (count: number, fields: Partial<Member> = {}): Member[] =>
  Array.from({ length: count }, (_, index) =>
    member(index + 1, { consent: { marketing: YES, night: YES }, ...fields }),
  );

const campaign = (cloud: MemoryCloud, id: string, to: number, cap: object | null = null): Promise<void> =>
  create(cloud, to, { id, kind: 'marketing', ...(cap === null ? {} : { policy: { cap } }) });

const reasons = async (cloud: MemoryCloud, id: string): Promise<unknown> =>
  (await showCampaign(cloud.world, id)).reasons;

async function wait(cloud: MemoryCloud, ms: number): Promise<void> {
  let woken = false;
  void cloud.clock.sleep(ms).then(() => (woken = true));
  await cloud.until(() => woken);
}

describe('the frequency cap in a campaign', () => {
  it('lets members have one campaign a day and two a week', async () => {
    const cloud = new MemoryCloud({ frequencyCap: { perDay: 1, perWeek: 2 } });
    await load(cloud, agreed(600));
    const accepted = [];
    for (const [id, days] of [
      ['a', 0],
      ['b', 0],
      ['c', 1],
      ['d', 1],
      ['e', 5],
    ] as const) {
      await wait(cloud, days * DAY_MS);
      await campaign(cloud, id, 600);
      await cloud.settle();
      accepted.push((await showCampaign(cloud.world, id)).outcomes.accepted);
    }
    assert.deepEqual(accepted, [600, 0, 600, 0, 600]);
    assert.deepEqual(await reasons(cloud, 'd'), { 'suppressed.frequency-cap': 600 });
  });

  it('keeps two campaigns at once from both writing to a member', async () => {
    const cloud = new MemoryCloud({ pushesPerBatch: 50 });
    await load(cloud, agreed(1_200));
    const getMany = cloud.documents.getMany.bind(cloud.documents);
    // All of them look before one writes.
    cloud.documents.getMany = async (paths, fields) => {
      const docs = await getMany(paths, fields);
      if (fields?.some(([field]) => field === 'sent')) await cloud.clock.sleep(5);
      return docs;
    };
    for (const id of ['a', 'b', 'c']) await campaign(cloud, id, 1_200, { perDay: 1 });
    await cloud.settle();
    assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
    assert.equal(cloud.fcm.posts.length, 1_200);
    for (const id of ['a', 'b', 'c']) assert.equal((await showCampaign(cloud.world, id)).conserved, true);
  });

  it('counts what is sent again once, also where an invocation dies and where all devices of a member are written to', async () => {
    const addresses = [{ token: 'x' }, { token: 'y' }];
    for (let nth = 1; nth <= 12; nth += 1) {
      const cloud = new MemoryCloud({ leaseMs: 5_000, pushesPerBatch: 10 });
      const people = agreed(30).map((one) => ({
        ...one,
        addresses: addresses.map(({ token }) => ({ token: `${token}${one.memberNo}` })),
      }));
      await load(cloud, people);
      cloud.fcm.behaviour = (_, seen) => ({
        result: seen === 0 ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
      });
      let deaths = 0;
      cloud.onInvocation = (life) => {
        if (deaths > 0) return;
        life.killAt = (call, at) => {
          if (call !== 'documents.commit' || at !== nth) return null;
          deaths += 1;
          return nth % 2 === 0 ? 'before' : 'after';
        };
      };
      await campaign(cloud, 'a', 30, { perDay: 1, perWeek: 1 });
      await cloud.settle();
      const { outcomes, conserved } = await showCampaign(cloud.world, 'a');
      assert.deepEqual([outcomes.accepted, conserved], [60, true], `killed at commit ${nth}`);
    }
  });

  it('neither caps nor counts what is not advertising, and counts no campaign that is under no cap', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, agreed(10));
    await campaign(cloud, 'a', 10, { perDay: 1 });
    await cloud.settle();
    await create(cloud, 10, { id: 'b' });
    await campaign(cloud, 'c', 10);
    await campaign(cloud, 'd', 10, { perDay: 1 });
    await cloud.settle();
    const accepted = async (id: string): Promise<number> => (await showCampaign(cloud.world, id)).outcomes.accepted;
    assert.deepEqual([await accepted('b'), await accepted('c'), await accepted('d')], [10, 10, 0]);
  });

  it('goes by the member’s own day', async () => {
    // 14:30 UTC: 23:30 in Seoul, 06:30 in Los Angeles.
    const cloud = new MemoryCloud({}, Date.UTC(2026, 10, 21, 14, 30));
    const [one, other] = agreed(2);
    await load(cloud, [one as Member, { ...(other as Member), timeZone: 'America/Los_Angeles' }]);
    await campaign(cloud, 'a', 2, { perDay: 1 });
    await cloud.settle();
    await wait(cloud, 3_600_000);
    await campaign(cloud, 'b', 2, { perDay: 1 });
    await cloud.settle();
    assert.deepEqual(await reasons(cloud, 'b'), { 'accepted.fcm': 1, 'suppressed.frequency-cap': 1 });
    assert.equal(cloud.fcm.posts.at(-1)?.address, 'token-1');
  });

  it('counts a message that is only accepted on the next day on that day too', async () => {
    const cloud = new MemoryCloud({}, Date.UTC(2026, 10, 21, 14, 59, 50));
    await load(cloud, agreed(1));
    const midnightMs = Date.UTC(2026, 10, 21, 15);
    cloud.fcm.behaviour = (_, __, nowMs) => ({
      result: nowMs < midnightMs ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
    });
    await campaign(cloud, 'a', 1, { perDay: 1 });
    await cloud.settle();
    assert.ok((cloud.fcm.posts.at(-1)?.atMs ?? 0) >= midnightMs);
    await campaign(cloud, 'b', 1, { perDay: 1 });
    await cloud.settle();
    assert.deepEqual(await reasons(cloud, 'b'), { 'suppressed.frequency-cap': 1 });
  });

  it('holds for uploads that name members, and not for addresses that they give', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, agreed(700));
    await campaign(cloud, 'a', 700, { perWeek: 1 });
    await cloud.settle();
    const consent = { marketing: YES, night: YES };
    await createUpload(cloud, {
      kind: 'marketing',
      policy: { cap: { perWeek: 1 } },
      message: { title: 'T', body: 'B' },
    });
    const texts = { title: undefined, body: undefined };
    await put(cloud, 1, [
      line('k1', { memberNo: 1, token: undefined, ...texts }),
      line('k2', { memberNo: 700, token: undefined, ...texts }),
      line('own', { token: 'own', consent, ...texts }),
    ]);
    await start(cloud, 1, 3);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1, 'suppressed.frequency-cap': 2 });
  });

  it('forgets with a member what was sent to it', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, agreed(3));
    await campaign(cloud, 'a', 3, { perWeek: 1 });
    await cloud.settle();
    await removeMember(cloud.documents, 2);
    await load(cloud, agreed(3));
    await campaign(cloud, 'b', 3, { perWeek: 1 });
    await cloud.settle();
    assert.deepEqual(await reasons(cloud, 'b'), { 'accepted.fcm': 1, 'suppressed.frequency-cap': 2 });
  });

  it('costs nothing where there is none, and a read and a write for each page and batch where there is one', async () => {
    const cost = async (cap: object | null): Promise<{ reads: number; writes: number }> => {
      const cloud = new MemoryCloud();
      await load(cloud, agreed(998));
      await campaign(cloud, 'a', 998, cap);
      await cloud.settle();
      const { operations } = await showCampaign(cloud.world, 'a');
      return { reads: operations.firestoreReads, writes: operations.firestoreWrites };
    };
    const [none, some] = [await cost(null), await cost({ perDay: 1 })];
    // Two batches of 499 and 499, of which the first begins on page 0 and the second lies on page 1 but for one.
    assert.ok(some.reads - none.reads <= 4, `${some.reads - none.reads} reads more`);
    assert.ok(some.writes - none.writes <= 4, `${some.writes - none.writes} writes more`);
    assert.ok(some.writes > none.writes);
  });
});
