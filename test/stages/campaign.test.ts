import assert from 'node:assert/strict';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, lines, load, member, members, postCounts, view } from './support.ts';

describe('a range campaign', () => {
  it('sends to every member once and ends with both sides equal', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2_600));
    await create(cloud, 2_600);
    await cloud.settle();
    const shown = await view(cloud);
    assert.equal(shown.state, 'completed');
    assert.equal(shown.planned, 2_600);
    assert.equal(shown.outcomes.accepted, 2_600);
    assert.equal(shown.pending, 0);
    assert.equal(shown.conserved, true);
    assert.equal(shown.progress, 1);
    assert.equal(cloud.fcm.posts.length, 2_600);
    assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
  });

  it('gives each address of a member a message, and each member without one its reason', async () => {
    const cloud = new MemoryCloud();
    const granted = { marketing: { granted: true, at: '2026-01-02T03:04:05Z' } };
    await load(cloud, [
      member(1, { consent: granted, addresses: [{ token: 'a' }, { fid: 'b' }, { token: 'a' }] }),
      member(2, { consent: granted, addresses: [] }),
      member(3),
      member(4, { consent: { marketing: { granted: false, at: '2026-01-02T03:04:05Z' } } }),
      member(5, { consent: { marketing: null } }),
      member(7, { consent: granted, vars: { name: '민수' } }),
    ]);
    await create(cloud, 10, { kind: 'marketing', message: { title: '(광고) {{name|고객}}님', body: '봄' } });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, {
      'accepted.fcm': 3,
      'suppressed.no-address': 1,
      'suppressed.no-consent': 2,
      'suppressed.refused': 1,
    });
    assert.deepEqual(
      cloud.fcm.posts.map(({ address, push }) => [address, push.title]),
      [
        ['a', '(광고) 고객님'],
        ['b', '(광고) 고객님'],
        ['token-7', '(광고) 민수님'],
      ],
    );
    const told = await lines(cloud);
    assert.deepEqual(
      told.map(({ key }) => key),
      ['1', '1', '2', '3', '4', '5', '7'],
    );
    assert.equal(told[0]?.consentAt, '2026-01-02T03:04:05.000Z');
    assert.equal(told[3]?.consentAt, null);
  });

  it('marks every message with a tag that is the same for a recipient and different between recipients', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, [member(1, { addresses: [{ token: 'a' }, { token: 'b' }] }), member(2)]);
    await create(cloud, 2);
    await cloud.settle();
    const [a, b, c] = cloud.fcm.posts.map(({ push }) => push.tag);
    assert.equal(a, b);
    assert.notEqual(a, c);
  });

  it('sends nobody braces', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, [member(1, { vars: { name: '가' } }), member(2), member(3, { vars: { name: '' } })]);
    await create(cloud, 3, { message: { title: 'T', body: '{{name}}', data: { for: '{{name}}' } } });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1, 'suppressed.missing-variable': 2 });
    assert.deepEqual(
      cloud.fcm.posts.map(({ push }) => [push.body, push.data]),
      [['가', { for: '가' }]],
    );
  });

  it('reaches only the members that the audience means', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, [
      member(1, { tags: ['vip'] }),
      member(2, { tags: ['vip', 'quiet'] }),
      member(3),
      member(499, { tags: ['vip'] }),
      member(500, { tags: ['vip'] }),
    ]);
    await create(cloud, 499, {
      audience: { members: { from: 1, to: 499, where: { tagsAny: ['vip'], tagsNone: ['quiet'] } } },
    });
    await cloud.settle();
    assert.deepEqual([...postCounts(cloud).keys()], ['token-1', 'token-499']);
    assert.equal((await view(cloud)).planned, 2);
  });

  it('crosses a gap of a billion member numbers without a range for it', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, [member(3), member(9_000_000_000_000_000)]);
    await create(cloud, Number.MAX_SAFE_INTEGER);
    await cloud.settle();
    assert.equal((await view(cloud)).outcomes.accepted, 2);
    assert.equal(cloud.documents.all().filter(({ path }) => path.includes('/ranges/')).length, 2);
  });

  it('fails a member whose record cannot be read, alone', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(3));
    await cloud.documents.commit([{ merge: 'members/00000000000000', fields: { members: { '2': '{"half' } } }]);
    await create(cloud, 3);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'failed.unreadable': 1 });
  });

  it('costs as much per message at 20,000 as at 2,000', async () => {
    const cost = async (count: number): Promise<number> => {
      const cloud = new MemoryCloud({ recipientsPerRange: 10_000 });
      await load(cloud, members(count));
      await create(cloud, count);
      await cloud.settle();
      const { operations, planned } = await view(cloud);
      return ((operations.firestoreReads + operations.firestoreWrites) / planned) * 500;
    };
    const [small, large] = [await cost(2_000), await cost(20_000)];
    assert.ok(large <= small, `${large} operations per 500 at 20,000, ${small} at 2,000`);
    assert.ok(small <= 12, `${small} operations per 500`);
  });
});
