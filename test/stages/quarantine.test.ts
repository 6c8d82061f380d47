import assert from 'node:assert/strict';
import type { MemberAddress } from '../../functions/src/contract/member.ts';
import { addressHash } from '../../functions/src/core/address.ts';
import { encodeQuarantine, type Held } from '../../functions/src/core/quarantine.ts';
import { patchMember, showMember } from '../../functions/src/stages/members.ts';
import { removeMember } from '../../functions/src/store/directory.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, member, put, start, view } from './support.ts';

const SINCE_MS = Date.UTC(2026, 10, 20);
const SINCE = new Date(SINCE_MS).toISOString();
const LATER = new Date(SINCE_MS + 1).toISOString();
const PAGE = 'members/00000000000000';

const held = (token: string): Held => ({
  address: addressHash({ token }),
  code: 'invalid.unregistered',
  sinceMs: SINCE_MS,
  heldAtMs: SINCE_MS,
  asked: false,
});

describe('a quarantined address', () => {
  let cloud: MemoryCloud;
  const quarantine = (entries: Readonly<Record<number, readonly Held[]>>): Promise<unknown> => {
    const byNo = new Map(Object.entries(entries).map(([no, some]) => [Number(no), some]));
    return cloud.documents.commit([{ merge: PAGE, fields: { quarantine: encodeQuarantine(byNo, 0) } }]);
  };
  const shown = async (memberNo: number): Promise<unknown> =>
    (await showMember(cloud.world, memberNo))?.addresses.map(({ quarantine }) => quarantine?.reason ?? null);

  beforeEach(async () => {
    cloud = new MemoryCloud();
    await load(cloud, [
      member(1, { addresses: [{ token: 'a' }, { token: 'b' }] }),
      member(2, { addresses: [{ token: 'c' }] }),
      member(3, { addresses: [] }),
    ]);
    await quarantine({ 1: [held('a')], 2: [held('c')] });
  });

  it('is not used, and who has no other is suppressed with the reason', async () => {
    await create(cloud, 3);
    await cloud.settle();
    assert.deepEqual(
      cloud.fcm.posts.map(({ address }) => address),
      ['b'],
    );
    assert.deepEqual((await view(cloud)).reasons, {
      'accepted.fcm': 1,
      'suppressed.no-address': 1,
      'suppressed.quarantined': 1,
    });
  });

  it('is not used for an upload that names the member, and is where the upload gives it', async () => {
    await createUpload(cloud);
    await put(cloud, 1, [
      line('x', { memberNo: 2, token: undefined }),
      line('y', { memberNo: 1, token: undefined }),
      line('z', { token: 'c' }),
    ]);
    await start(cloud, 1, 3);
    await cloud.settle();
    assert.deepEqual(cloud.fcm.posts.map(({ address }) => address).toSorted(), ['b', 'c']);
    assert.equal((await view(cloud)).reasons['suppressed.quarantined'], 1);
  });

  it('is shown with its reason', async () => {
    assert.deepEqual((await showMember(cloud.world, 1))?.addresses, [
      { token: 'a', quarantine: { since: SINCE, reason: 'unregistered' } },
      { token: 'b' },
    ]);
  });

  it('stays so when all members are uploaded again, and comes back where the app has registered it since', async () => {
    await load(cloud, [
      member(1, { addresses: [{ token: 'a', registeredAt: SINCE }] }),
      member(2, { addresses: [{ token: 'c', registeredAt: LATER }] }),
    ]);
    assert.deepEqual([await shown(1), await shown(2)], [['unregistered'], [null]]);
    await load(cloud, [member(1, { addresses: [{ token: 'a' }] })]);
    assert.deepEqual(await shown(1), ['unregistered']);
  });

  const patches: [what: string, addresses: MemberAddress[] | undefined, after: (string | null)[]][] = [
    ['no address', undefined, ['unregistered', null]],
    ['it with the time it had', [{ token: 'a', registeredAt: SINCE }], ['unregistered']],
    ['it with a later time', [{ token: 'a', registeredAt: LATER }], [null]],
    ['it without a time', [{ token: 'a' }, { token: 'new' }], [null, null]],
    ['another one', [{ token: 'new' }], [null]],
  ];
  for (const [what, addresses, after] of patches) {
    it(`is ${after[0] === null ? 'lifted' : 'kept'} by a change of the member that gives ${what}`, async () => {
      await patchMember(cloud.world, 1, { tags: ['x'], ...(addresses === undefined ? {} : { addresses }) });
      assert.deepEqual(await shown(1), after);
      assert.deepEqual(await shown(2), ['unregistered']);
    });
  }

  it('is lifted though nothing else changes', async () => {
    const [before] = await cloud.documents.getMany([PAGE], [['members']]);
    await patchMember(cloud.world, 2, { addresses: [{ token: 'c' }] });
    assert.deepEqual(await shown(2), [null]);
    assert.deepEqual((await cloud.documents.getMany([PAGE], [['members']]))[0]?.fields, before?.fields);
  });

  it('goes with its member', async () => {
    await removeMember(cloud.documents, 2);
    await load(cloud, [member(2, { addresses: [{ token: 'c' }] })]);
    assert.deepEqual([await shown(1), await shown(2)], [['unregistered', null], [null]]);
  });
});
