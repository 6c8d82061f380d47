import assert from 'node:assert/strict';
import type { SendResult } from '../../functions/src/contract/push.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, member, members, postCounts, put, start, view } from './support.ts';

const UNAVAILABLE: SendResult = { kind: 'refused', code: 'UNAVAILABLE' };
const ACCEPTED: SendResult = { kind: 'accepted' };
const GRANTED = { marketing: { granted: true, at: '2026-01-02T03:04:05Z' } };
const FIRST_PAGE = 'members/00000000000000';

/** Lets the first attempt at these addresses fail, and the next one succeed. */
function failFirst(cloud: MemoryCloud, ...addresses: string[]): void {
  cloud.fcm.behaviour = (address, seen) => ({
    result: addresses.includes(address) && seen === 0 ? UNAVAILABLE : ACCEPTED,
  });
}

const byAddress = ([a]: readonly [string, number], [b]: readonly [string, number]): number => a.localeCompare(b);

const firstAttempt = (cloud: MemoryCloud, count: number): Promise<void> =>
  cloud.until(() => cloud.fcm.posts.length === count);

describe('a retry', () => {
  it('sends again what failed and nothing else, after 10 s at the least', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(1_200));
    failFirst(cloud, 'token-3', 'token-700');
    await create(cloud, 1_200);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1_200 });
    const twice = [...postCounts(cloud)].filter(([, n]) => n > 1);
    assert.deepEqual(twice.toSorted(byAddress), [
      ['token-3', 2],
      ['token-700', 2],
    ]);
    const [first, second] = cloud.fcm.postsTo('token-3');
    assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 10_000);
    assert.equal(first?.push.tag, second?.push.tag);
  });

  it('gives up after the attempts that the campaign allows, with the last reason', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2));
    cloud.fcm.behaviour = (address) => ({ result: address === 'token-1' ? UNAVAILABLE : ACCEPTED });
    await create(cloud, 2, { policy: { maxAttempts: 3 } });
    await cloud.settle();
    const shown = await view(cloud);
    assert.deepEqual(shown.reasons, { 'accepted.fcm': 1, 'failed.unavailable': 1 });
    assert.equal(shown.state, 'completed');
    assert.equal(cloud.fcm.postsTo('token-1').length, 3);
  });

  it('takes nothing back that FCM may have accepted, whatever becomes of later attempts', async () => {
    const cloud = new MemoryCloud();
    await load(
      cloud,
      members(10).map((one) => ({ ...one, consent: GRANTED })),
    );
    const silent = ['token-1', 'token-2', 'token-3'];
    cloud.fcm.behaviour = (address, seen) => {
      if (!silent.includes(address)) return { result: ACCEPTED };
      return { result: seen === 0 ? { kind: 'ambiguous', reason: 'timed-out' } : UNAVAILABLE };
    };
    await create(cloud, 10, { kind: 'marketing', policy: { maxAttempts: 3 } });
    await firstAttempt(cloud, 10);
    await load(cloud, [member(2, { consent: { marketing: { granted: false, at: '2026-11-21T03:00:01Z' } } })]);
    await cloud.settle();
    const { reasons, resent, conserved } = await view(cloud);
    assert.deepEqual(reasons, { 'accepted.fcm': 7, 'unknown.timed-out': 3 });
    assert.deepEqual([conserved, resent], [true, 4]);
    assert.equal(cloud.fcm.postsTo('token-2').length, 1);
  });

  it('gives up an hour after the first attempt', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(20));
    cloud.fcm.behaviour = (address) => ({ result: address === 'token-1' ? UNAVAILABLE : ACCEPTED });
    await create(cloud, 20, { policy: { maxAttempts: 20 } });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 19, 'failed.unavailable': 1 });
    const times = cloud.fcm.postsTo('token-1').map(({ atMs }) => atMs);
    assert.ok(Math.max(...times) - Math.min(...times) < 3_600_000);
    assert.ok(cloud.clock.now() - Math.min(...times) < 3_600_000 + 15_000, 'it is not kept waiting for longer');
    assert.ok(times.length > 5 && times.length < 20);
  });

  it('finds the address and the consent that the member has by then', async () => {
    const cloud = new MemoryCloud();
    await load(
      cloud,
      [1, 2, 3].map((no) => member(no, { consent: GRANTED })),
    );
    failFirst(cloud, 'token-1', 'token-2', 'token-3');
    await create(cloud, 3, { kind: 'marketing' });
    await firstAttempt(cloud, 3);
    await load(cloud, [
      member(1, { consent: { marketing: { granted: false, at: '2026-11-21T03:00:01Z' } } }),
      member(2, { consent: GRANTED, addresses: [{ token: 'moved' }] }),
    ]);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'suppressed.refused': 1 });
    assert.deepEqual([...postCounts(cloud)].toSorted(byAddress), [
      ['moved', 1],
      ['token-1', 1],
      ['token-2', 1],
      ['token-3', 2],
    ]);
  });

  it('fails alone a member whose record cannot be read by then, in the directory', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2));
    failFirst(cloud, 'token-1', 'token-2');
    await create(cloud, 2);
    await firstAttempt(cloud, 2);
    await cloud.documents.commit([{ merge: FIRST_PAGE, fields: { members: { '1': '{"half' } } }]);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1, 'failed.unreadable': 1 });
  });

  it('fails alone a member whose record cannot be read by then, for an upload', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2));
    failFirst(cloud, 'token-1', 'token-2');
    await createUpload(cloud);
    await put(
      cloud,
      1,
      [1, 2].map((memberNo) => line(`r-${memberNo}`, { token: undefined, memberNo })),
    );
    await start(cloud, 1, 2);
    await firstAttempt(cloud, 2);
    await cloud.documents.commit([{ merge: FIRST_PAGE, fields: { members: { '1': '{"half' } } }]);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1, 'failed.unreadable': 1 });
  });

  it('is made up for by the conductor when its task was lost', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(1));
    failFirst(cloud, 'token-1');
    const { tasks } = cloud.world;
    let lost = 0;
    Object.assign(cloud.world, {
      tasks: {
        enqueue: async (...[task, payload, options]: Parameters<typeof tasks.enqueue>): Promise<void> => {
          if (task === 'retry' && (lost += 1) === 1) return;
          await tasks.enqueue(task, payload, options);
        },
      },
    });
    await create(cloud, 1);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1 });
    assert.equal(lost, 2);
  });
});
