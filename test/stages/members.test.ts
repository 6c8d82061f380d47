import assert from 'node:assert/strict';
import type { MemberPatch } from '../../functions/src/contract/member.ts';
import { consentsDue, patchMember, showMember } from '../../functions/src/stages/members.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { load, member } from './support.ts';

const yes = (at: string) => ({ granted: true, at });

describe('patchMember', () => {
  const known = member(7, {
    consent: { marketing: yes('2026-01-01T00:00:00Z'), night: yes('2026-01-02T00:00:00Z') },
    timeZone: 'Asia/Tokyo',
    vars: { name: '하늘' },
    tags: ['vip'],
  });
  let cloud: MemoryCloud;
  beforeEach(async () => {
    cloud = new MemoryCloud();
    await load(cloud, [member(6), known, member(8)]);
  });

  it('changes what it is given, and nothing else', async () => {
    const withdrawn = { granted: false, at: '2026-03-01T00:00:00Z' };
    const patches: [MemberPatch, Partial<typeof known>][] = [
      [{ consent: { marketing: withdrawn } }, { consent: { ...known.consent, marketing: withdrawn } }],
      [{ consent: { night: null } }, { consent: { marketing: withdrawn, night: null } }],
      [{ tags: [] }, { tags: [] }],
      [
        { addresses: [{ fid: 'new' }], vars: { name: '바다' } },
        { addresses: [{ fid: 'new' }], vars: { name: '바다' } },
      ],
      [{}, {}],
    ];
    let expected = known;
    for (const [patch, change] of patches) {
      expected = { ...expected, ...change };
      assert.deepEqual(await patchMember(cloud.world, 7, patch), expected);
      assert.deepEqual(await showMember(cloud.world, 7), expected);
    }
    const cleared = await patchMember(cloud.world, 7, { timeZone: null });
    assert.equal('timeZone' in cleared, false);
    assert.deepEqual(await showMember(cloud.world, 6), member(6));
    assert.deepEqual(await showMember(cloud.world, 8), member(8));
  });

  it('loses none of several changes to one member and its neighbours at once', async () => {
    await Promise.all([
      patchMember(cloud.world, 7, { tags: ['a'] }),
      patchMember(cloud.world, 7, { vars: { name: 'b' } }),
      patchMember(cloud.world, 6, { tags: ['c'] }),
      patchMember(cloud.world, 7, { consent: { night: null } }),
    ]);
    const after = await showMember(cloud.world, 7);
    assert.deepEqual([after?.tags, after?.vars, after?.consent.night], [['a'], { name: 'b' }, null]);
    assert.deepEqual((await showMember(cloud.world, 6))?.tags, ['c']);
  });

  it('knows no member that is not there, and takes none that is too large', async () => {
    await assert.rejects(patchMember(cloud.world, 9, {}), { code: 'not_found' });
    await assert.rejects(patchMember(cloud.world, 100_000, {}), { code: 'not_found' });
    const vars = Object.fromEntries(Array.from({ length: 5 }, (_, nth) => [`v${nth}`, 'x'.repeat(500)]));
    await assert.rejects(patchMember(cloud.world, 7, { vars }), { code: 'invalid' });
    assert.deepEqual(await showMember(cloud.world, 7), known);
  });
});

describe('consentsDue', () => {
  it('names each consent that is two years old by then, page after page', async () => {
    const cloud = new MemoryCloud();
    const old = yes('2024-03-01T00:00:00Z');
    const people = Array.from({ length: 12 }, (_, page) => member(page * 500 + 1, { consent: { marketing: old } }));
    await load(cloud, [
      ...people,
      member(2, { consent: { marketing: yes('2024-06-01T00:00:00Z'), night: old } }),
      member(3, { consent: { marketing: { granted: false, at: old.at } } }),
      member(4, { consent: { marketing: null } }),
    ]);
    const due = await Array.fromAsync(consentsDue(cloud.world, Date.parse('2026-03-01T00:00:01Z')));
    assert.deepEqual(
      due.map(({ memberNo, kind }) => [memberNo, kind]),
      [[1, 'marketing'], [2, 'night'], ...people.slice(1).map(({ memberNo }) => [memberNo, 'marketing'])],
    );
    assert.deepEqual(due[0], {
      memberNo: 1,
      kind: 'marketing',
      grantedAt: '2024-03-01T00:00:00.000Z',
      dueAt: '2026-03-01T00:00:00.000Z',
    });
    assert.deepEqual(await Array.fromAsync(consentsDue(cloud.world, Date.parse('2026-03-01T00:00:00Z'))), []);
  });
});
