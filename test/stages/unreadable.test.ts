import assert from 'node:assert/strict';
import type { Fields } from '../../functions/src/ports.ts';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { consentsDue } from '../../functions/src/stages/members.ts';
import { putMembers } from '../../functions/src/store/directory.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, lines, load, member, members, postCounts, put, start, view } from './support.ts';

const RANGES = 100;
/** In each of as many ranges a page of 500 numbers holds so few members that all of it is quick. */
const MEMBERS_PER_RANGE = 5;
const PAGE = 500;
/** Page 42 is poisoned. */
const POISONED = 'members/00000000000042';

const poisons: readonly [what: string, fields: Fields][] = [
  ['its members are a text', { members: 'gone' }],
  ['its members are a list', { members: ['gone'] }],
  ['its members are nothing', { members: null }],
];

function directory(): ReturnType<typeof member>[] {
  return Array.from({ length: RANGES * MEMBERS_PER_RANGE }, (_, index) =>
    member(Math.floor(index / MEMBERS_PER_RANGE) * PAGE + (index % MEMBERS_PER_RANGE) + 1, {
      tags: index % MEMBERS_PER_RANGE === 0 ? [] : ['vip'],
    }),
  );
}
const onPoisoned = directory().filter(({ memberNo }) => Math.floor(memberNo / PAGE) === 42);

async function poison(cloud: MemoryCloud, fields: Fields): Promise<void> {
  await cloud.documents.commit([{ delete: POISONED }]);
  await cloud.documents.commit([{ create: POISONED, fields }]);
}

/** A campaign to all, of whose hundred ranges one cannot be read. */
async function poisoned(fields: Fields, where: object = {}): Promise<MemoryCloud> {
  const cloud = new MemoryCloud({ recipientsPerRange: PAGE });
  await load(cloud, directory());
  await poison(cloud, fields);
  await create(cloud, 0, { audience: { members: { from: 1, to: RANGES * PAGE, ...where } } });
  await cloud.settle();
  return cloud;
}

const redrive = async (cloud: MemoryCloud): Promise<void> => {
  await controlCampaign(cloud.world, 'c', 'redrive', 'operator');
  await cloud.settle();
};

describe('a page of members that cannot be read', () => {
  for (const [what, fields] of poisons) {
    it(`fails alone when ${what}, and a redrive after the repair sends exactly to its members`, async () => {
      const cloud = await poisoned(fields);
      const shown = await view(cloud);
      assert.deepEqual([shown.state, shown.conserved], ['completed', true]);
      assert.deepEqual(shown.reasons, { 'accepted.fcm': (RANGES - 1) * MEMBERS_PER_RANGE, 'failed.unreadable': PAGE });
      assert.match(shown.problems.join(), /500 messages failed.*members\/00000000000042\. Repair it, then redrive/);
      const told = (await lines(cloud)).filter(({ outcome }) => outcome === 'failed');
      assert.deepEqual(
        told.map(({ key }) => Number(key)),
        Array.from({ length: PAGE }, (_, index) => 42 * PAGE + index),
      );

      await redrive(cloud);
      assert.equal((await view(cloud)).reasons['failed.unreadable'], PAGE, 'without the repair nothing has changed');
      const posted = cloud.fcm.posts.length;

      await putMembers(cloud.documents, onPoisoned);
      await redrive(cloud);
      const after = await view(cloud);
      assert.deepEqual([after.state, after.conserved, after.planned], ['completed', true, shown.planned]);
      assert.deepEqual(after.reasons, {
        'accepted.fcm': RANGES * MEMBERS_PER_RANGE,
        'suppressed.member-removed': PAGE - MEMBERS_PER_RANGE,
      });
      assert.deepEqual(after.problems, []);
      const again = cloud.fcm.posts.slice(posted).map(({ address }) => address);
      assert.deepEqual(
        again.toSorted(),
        onPoisoned.map(({ memberNo }) => `token-${memberNo}`),
      );
      assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
    });
  }

  it('lets a redrive write to nobody whom the audience does not mean', async () => {
    const cloud = await poisoned({ members: 'gone' }, { where: { tagsAny: ['vip'] } });
    await putMembers(cloud.documents, onPoisoned);
    await redrive(cloud);
    const { reasons } = await view(cloud);
    assert.equal(reasons['suppressed.not-in-audience'], 1);
    assert.equal(reasons['accepted.fcm'], RANGES * (MEMBERS_PER_RANGE - 1));
    assert.equal(postCounts(cloud).get(`token-${42 * PAGE + 1}`), undefined);
  });

  it('that meets a retry fails those who wait for it, and no others', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(3));
    cloud.fcm.behaviour = (address) => ({
      result: address === 'token-2' ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
    });
    await create(cloud, 3);
    await cloud.until(() => cloud.fcm.posts.length === 3);
    await cloud.documents.commit([{ delete: 'members/00000000000000' }]);
    await cloud.documents.commit([{ create: 'members/00000000000000', fields: { members: 'gone' } }]);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'failed.unreadable': 1 });
  });

  it('does not break off what is told of all others', async () => {
    const cloud = new MemoryCloud();
    const granted = { marketing: { granted: true, at: '2024-01-02T03:04:05Z' } };
    await load(
      cloud,
      [1, PAGE, 2 * PAGE].map((no) => member(no, { consent: granted })),
    );
    await cloud.documents.commit([{ delete: 'members/00000000000001' }]);
    await cloud.documents.commit([{ create: 'members/00000000000001', fields: { members: 'gone' } }]);
    const due = await Array.fromAsync(consentsDue(cloud.world, Date.UTC(2030, 0)));
    assert.deepEqual(
      due.map(({ memberNo }) => memberNo),
      [1, 2 * PAGE],
    );
    assert.ok(cloud.logged.some(({ fields }) => fields['page'] === 'members/00000000000001'));
  });
});

describe('a page of an upload that cannot be read', () => {
  for (const [what, damaged] of [
    ['is gone', null],
    ['is no bytes', 'gone'],
    ['ends early', Buffer.from('{"key":"r-500","token":"t","title":"T","body":"B"}\n{"key":')],
  ] as const) {
    it(`fails alone when it ${what}: as many as it held`, async () => {
      const cloud = new MemoryCloud();
      await createUpload(cloud);
      await put(
        cloud,
        1,
        Array.from({ length: 1_200 }, (_, index) => line(`r-${index}`)),
      );
      const second = cloud.documents.all().find(({ path }) => path.endsWith('-0001'))?.path ?? '';
      await cloud.documents.commit([{ delete: second }]);
      if (damaged !== null) await cloud.documents.commit([{ create: second, fields: { lines: damaged } }]);
      await start(cloud, 1, 1_200);
      await cloud.settle();
      const { state, planned, reasons, problems } = await view(cloud);
      const read = what === 'ends early' ? 701 : 700;
      assert.deepEqual([state, planned], ['completed', 1_200]);
      assert.deepEqual(reasons, { 'accepted.fcm': read, 'failed.unreadable': 1_200 - read });
      assert.match(problems.join(), /page 1 of the upload/);
    });
  }
});
