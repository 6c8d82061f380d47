import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { MEMBER_MAX_BYTES, memberSchema, type Member } from '../../functions/src/contract/member.ts';
import { DEFAULT_FAULTS, faultOf } from '../../tools/members/faults.ts';
import { generateMembers } from '../../tools/members/generate.ts';
import { DEFAULT_PROFILE, memberAt } from '../../tools/members/member.ts';

const sample = (members: number, seed = 1): Member[] => [...generateMembers({ members, seed })];
const share = (all: readonly unknown[], part: readonly unknown[]): number => part.length / all.length;

function close(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) < 0.01, `${what}: ${actual}, not ${expected}`);
}

describe('sample members', () => {
  it('are what the API takes, and small enough for a page', () => {
    for (const member of sample(3_000)) {
      assert.deepEqual(memberSchema.parse(member), member);
      assert.ok(Buffer.byteLength(JSON.stringify(member)) <= MEMBER_MAX_BYTES);
    }
  });

  it('are the same for ever: files made with one seed can be compared across machines and years', () => {
    const text = sample(1_000, 42)
      .map((member) => JSON.stringify(member))
      .join('\n');
    assert.equal(
      createHash('sha256').update(text).digest('hex'),
      '07f40fb30c42fb79a467676ae7cb34b8dc6e8ac9fd63794ed6840aa8a1e5786e',
    );
  });

  it('do not depend on those before them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.maxSafeNat(), (seed, memberNo) => {
        const [first] = generateMembers({ members: 1, seed, from: Math.min(memberNo + 1, 2 ** 53 - 1_000) });
        assert.ok(first !== undefined);
        assert.deepEqual(memberAt(seed, first.memberNo, DEFAULT_PROFILE), first);
      }),
    );
  });

  it('differ by seed, above 2^32 too', () => {
    const far = 2 ** 32 + 5;
    const pairs = [
      [memberAt(1, 5, DEFAULT_PROFILE), memberAt(2, 5, DEFAULT_PROFILE)],
      [memberAt(1, 5, DEFAULT_PROFILE), memberAt(1, far, DEFAULT_PROFILE)],
    ] as const;
    for (const [a, b] of pairs) assert.notDeepEqual(a?.addresses, b?.addresses);
  });

  it('come by rising number, with gaps, and as many as were asked for', () => {
    const numbers = sample(20_000).map((member) => member.memberNo);
    assert.equal(numbers.length, 20_000);
    assert.ok(numbers.every((no, index) => index === 0 || no > (numbers[index - 1] ?? no)));
    const gaps = (numbers.at(-1) ?? 0) - numbers.length;
    assert.ok(Math.abs(gaps / 20_000 - DEFAULT_PROFILE.gaps) < 0.005, `${gaps} gaps`);
  });

  it('run out at 2^53 - 1', () => {
    assert.throws(() => [...generateMembers({ members: 10, seed: 1, from: Number.MAX_SAFE_INTEGER - 3 })], RangeError);
  });

  it('never share an address', () => {
    const addresses = sample(30_000).flatMap((member) => member.addresses.map(({ token, fid }) => token ?? fid));
    assert.equal(new Set(addresses).size, addresses.length);
  });

  it('have names, addresses and consents in the shares of the profile', () => {
    const members = sample(20_000);
    const withAddresses = (count: number) => members.filter((member) => member.addresses.length === count);
    close(share(members, withAddresses(0)), DEFAULT_PROFILE.noAddress, 'no address');
    close(share(members, withAddresses(2)), DEFAULT_PROFILE.twoAddresses, 'two addresses');
    close(share(members, withAddresses(3)), DEFAULT_PROFILE.threeAddresses, 'three addresses');
    const marketing = (granted: boolean | undefined) =>
      members.filter((member) => member.consent.marketing?.granted === granted);
    close(share(members, marketing(undefined)), DEFAULT_PROFILE.neverChosen, 'never chosen');
    close(share(members, marketing(false)), DEFAULT_PROFILE.refused, 'refused');
    const night = marketing(true).filter((member) => member.consent.night?.granted === true);
    close(share(marketing(true), night), DEFAULT_PROFILE.nightGranted, 'night');
    close(
      share(
        members,
        members.filter((member) => member.vars['name'] === undefined),
      ),
      DEFAULT_PROFILE.noName,
      'no name',
    );
    assert.ok(members.every((member) => /^[가-힣]{2,4}$/.test(member.vars['name'] ?? '고객')));
  });

  it('have addresses that look like FCM’s, but for those that are to fail', () => {
    const addresses = sample(20_000).flatMap((member) => member.addresses);
    const faulty = addresses.filter(({ token }) => faultOf(token ?? '') !== null);
    const dead = faulty.filter(({ token }) => token?.startsWith('dead:'));
    assert.ok(Math.abs(share(addresses, dead) - (DEFAULT_FAULTS.dead ?? 0)) < 0.005);
    const shape = /^[\w-]{22}:APA91b[\w-]{134}$/;
    for (const { token, fid } of addresses) {
      if (faultOf(token ?? '') === null)
        assert.ok(shape.test(token ?? '') || /^[\w-]{22}$/.test(fid ?? ''), token ?? fid);
    }
  });
});
