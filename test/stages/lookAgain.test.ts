import assert from 'node:assert/strict';
import { MemoryCloud } from '../memory/cloud.ts';
import { auditOwnRate } from '../pacing/audit.ts';
import { create, createUpload, line, load, member, members, put, start, view } from './support.ts';

const at = '2026-01-01T00:00:00Z';
const yes = { granted: true, at };
const no = { granted: false, at };
const agreed = (memberNo: number, consent = yes) => member(memberNo, { consent: { marketing: consent } });
const everybody = (count: number) => Array.from({ length: count }, (_, index) => agreed(index + 1));

/** Lets time pass to when so much was posted, and then for so long. */
async function after(cloud: MemoryCloud, posts: number, ms = 0): Promise<void> {
  await cloud.until(() => cloud.fcm.posts.length >= posts);
  const untilMs = cloud.clock.now() + ms;
  await cloud.until(() => cloud.clock.now() >= untilMs);
}

describe('a member who changes after the audience was read', () => {
  it('and withdraws the consent 30 s before the turn at a slow rate, is not written to', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, everybody(600));
    await create(cloud, 600, { kind: 'marketing', pace: { perSecond: 10 } });
    await after(cloud, 50);
    await load(cloud, [agreed(350, no)]);
    await cloud.settle();
    assert.equal(cloud.fcm.postsTo('token-350').length, 0);
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 599, 'suppressed.refused': 1 });
  });

  it('and is named by an upload, is not written to', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, everybody(600));
    await createUpload(cloud, { kind: 'marketing', pace: { perSecond: 10 } });
    const lines = members(600).map(({ memberNo }) => ({ key: `k${memberNo}`, memberNo, title: 'Title', body: 'Body' }));
    await put(cloud, 1, lines);
    await start(cloud, 1, 600);
    await after(cloud, 50);
    await load(cloud, [agreed(350, no)]);
    await cloud.settle();
    assert.equal(cloud.fcm.postsTo('token-350').length, 0);
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 599, 'suppressed.refused': 1 });
  });

  it('is not written to where the batch had to wait for room, either', async () => {
    const cloud = new MemoryCloud({ recipientsPerRange: 2_000 });
    await load(cloud, everybody(2_000));
    // Of the thousand that an instance of these tests has in flight none is answered for 30 s.
    cloud.fcm.behaviour = () => ({ result: { kind: 'accepted' }, afterMs: 30_000 });
    await create(cloud, 2_000, { kind: 'marketing' });
    await after(cloud, 900, 10_000);
    await load(cloud, [agreed(1_700, no)]);
    await cloud.settle();
    assert.equal(cloud.fcm.postsTo('token-1700').length, 0);
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1_999, 'suppressed.refused': 1 });
  });

  it('is not written to where a retry had to wait for room', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, everybody(3));
    cloud.fcm.behaviour = (_address, seen) => ({
      result: seen === 0 ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
    });
    // The retry's instance has no room for a while.
    cloud.onInvocation = ({ world }) => {
      if (cloud.fcm.posts.length < 3) return;
      const { inFlight } = world;
      const acquire: typeof inFlight.acquire = async (asked) => {
        await cloud.clock.sleep(20_000);
        return inFlight.acquire(asked);
      };
      Object.assign(world, { inFlight: { acquire } });
    };
    await create(cloud, 3, { kind: 'marketing' });
    await after(cloud, 3, 20_000);
    await load(cloud, [agreed(2, no)]);
    await cloud.settle();
    assert.equal(cloud.fcm.postsTo('token-2').length, 1);
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'suppressed.refused': 1 });
  });

  it('gets the message at all addresses of now, at no other, within the rate', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, everybody(2_000));
    await create(cloud, 2_000, { kind: 'marketing', pace: { perSecond: 100 } });
    await after(cloud, 50, 10_000);
    const moved = everybody(2_000).filter(({ memberNo }) => cloud.fcm.postsTo(`token-${memberNo}`).length === 0);
    const addresses = (memberNo: number) => ['x', 'y', 'z'].map((name) => ({ token: `${name}-${memberNo}` }));
    await load(
      cloud,
      moved.map((one) => ({ ...one, addresses: addresses(one.memberNo) })),
    );
    const fromMs = cloud.clock.now();
    await cloud.settle();
    const posts = 2_000 + 2 * moved.length;
    assert.ok(moved.length > 500);
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': posts });
    assert.equal(new Set(cloud.fcm.posts.map(({ address }) => address)).size, posts);
    for (const { memberNo } of moved) assert.equal(cloud.fcm.postsTo(`token-${memberNo}`).length, 0);
    const later = cloud.fcm.posts.filter(({ atMs }) => atMs >= fromMs);
    assert.deepEqual(
      auditOwnRate(
        later.map((post) => ({ ...post, tag: post.push.tag, campaign: 'c', accepted: true })),
        100,
      ),
      [],
    );
  });

  it('costs nothing where nobody has to wait', async () => {
    const reads = async (fields: Record<string, unknown>): Promise<number> => {
      const cloud = new MemoryCloud();
      await load(cloud, members(2_000));
      let looked = 0;
      const getMany = cloud.documents.getMany.bind(cloud.documents);
      cloud.documents.getMany = async (paths, fieldPaths) => {
        if (fieldPaths?.some(([first]) => first === 'members') === true) looked += paths.length;
        return getMany(paths, fieldPaths);
      };
      await create(cloud, 2_000, fields);
      await cloud.settle();
      return looked;
    };
    assert.equal(await reads({}), await reads({ pace: { perSecond: 2_000 } }));
  });
});

it('an upload whose addresses came with it is not looked up again', async () => {
  const cloud = new MemoryCloud();
  await createUpload(cloud, { pace: { perSecond: 10 } });
  await put(
    cloud,
    1,
    Array.from({ length: 200 }, (_, index) => line(`k${index}`)),
  );
  await start(cloud, 1, 200);
  let pages = 0;
  const get = cloud.documents.get.bind(cloud.documents);
  cloud.documents.get = async (path, ...rest) => {
    if (path.includes('/recipients/')) pages += 1;
    return get(path, ...rest);
  };
  await cloud.settle();
  assert.ok(pages <= 3, `${pages} pages of the upload were read`);
  assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 200 });
});
