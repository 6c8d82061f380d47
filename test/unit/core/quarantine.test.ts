import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MemberAddress } from '../../../functions/src/contract/member.ts';
import { addressHash } from '../../../functions/src/core/address.ts';
import {
  afterRegistration,
  askAtMs,
  decodeQuarantine,
  encodeQuarantine,
  HELD_MAX,
  heldOf,
  nextLookMs,
  usable,
  withFindings,
  type Held,
  type Quarantine,
} from '../../../functions/src/core/quarantine.ts';

const DAY_MS = 86_400_000;
const SENT_MS = Date.UTC(2026, 10, 21);
const at = (ms: number) => ({ sinceMs: ms, heldAtMs: ms });
const iso = (ms: number): string => new Date(ms).toISOString();
const hash = (token: string): Uint8Array => addressHash({ token });
const dead = (token: string, sinceMs = SENT_MS): Held => ({
  address: hash(token),
  code: 'invalid.unregistered',
  sinceMs,
  heldAtMs: sinceMs,
  asked: false,
});
const plain = (quarantine: Quarantine): unknown =>
  [...quarantine].map(([no, held]) => [no, held.map((one) => ({ ...one, address: [...one.address] }))]);

const held: fc.Arbitrary<Held> = fc.record({
  address: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  code: fc.constantFrom('invalid.unregistered', 'invalid.malformed', 'invalid.sender-mismatch'),
  sinceMs: fc.nat({ max: 2 ** 48 - 1 }),
  heldAtMs: fc.nat({ max: 2 ** 48 - 1 }),
  asked: fc.boolean(),
});

describe('a quarantine', () => {
  it('is read back as it was written', () => {
    const first = Number.MAX_SAFE_INTEGER - 499;
    const places = fc.uniqueArray(fc.tuple(fc.nat({ max: 499 }), fc.array(held, { minLength: 1, maxLength: 3 })), {
      selector: ([place]) => place,
      maxLength: 20,
    });
    fc.assert(
      fc.property(places, (list) => {
        const quarantine = new Map(list.map(([place, some]) => [first + place, some]));
        assert.deepEqual(plain(decodeQuarantine(encodeQuarantine(quarantine, first), first)), plain(quarantine));
      }),
    );
    assert.throws(() => decodeQuarantine(new Uint8Array(23), 0), RangeError);
    assert.throws(() => decodeQuarantine(new Uint8Array(24).fill(255), 0), RangeError);
  });

  it('holds an address back until it is registered later than the send began', () => {
    const held = [dead('a')];
    const cases: [MemberAddress, boolean][] = [
      [{ token: 'a' }, true],
      [{ fid: 'a' }, false],
      [{ token: 'b' }, false],
      [{ token: 'a', registeredAt: iso(SENT_MS - 1) }, true],
      [{ token: 'a', registeredAt: iso(SENT_MS) }, true],
      [{ token: 'a', registeredAt: iso(SENT_MS + 1) }, false],
      [{ token: 'a', registeredAt: '2026-11-21T09:00:00.001+09:00' }, false],
    ];
    for (const [address, isHeld] of cases) {
      assert.equal(heldOf(address, held) !== undefined, isHeld, JSON.stringify(address));
      assert.deepEqual(usable([address], held), isHeld ? [] : [address]);
    }
  });

  it('is lifted by a registration of the one address that names a later time or none', () => {
    const held = [dead('a'), dead('b'), dead('c'), dead('gone')];
    const left = afterRegistration(held, [
      { token: 'a' },
      { token: 'b', registeredAt: iso(SENT_MS) },
      { token: 'c', registeredAt: iso(SENT_MS + 1) },
    ]);
    assert.deepEqual(left, [dead('b')]);
  });
});

describe('a campaign’s findings', () => {
  const members = new Map<number, MemberAddress[]>([
    [1, [{ token: 'a' }, { token: 'b' }]],
    [2, [{ token: 'c', registeredAt: iso(SENT_MS + 5) }]],
  ]);
  const addressesOf = (no: number): MemberAddress[] => members.get(no) ?? [];
  const found = (memberNo: number, token: string) => ({
    memberNo,
    address: hash(token),
    code: 'invalid.unregistered' as const,
  });

  it('leave alone what was registered after the send began, and what the member no longer has', () => {
    const findings = [found(1, 'a'), found(1, 'gone'), found(2, 'c'), found(3, 'd')];
    const { quarantine, leftOut } = withFindings(new Map(), findings, at(SENT_MS), addressesOf);
    assert.deepEqual(quarantine, new Map([[1, [dead('a')]]]));
    assert.equal(leftOut, 0);
  });

  it('change nothing when they come again, and keep the time of the first', () => {
    const once = withFindings(new Map(), [found(1, 'a')], at(SENT_MS), addressesOf).quarantine;
    const again = withFindings(once, [found(1, 'a'), found(1, 'b')], at(SENT_MS + DAY_MS), addressesOf).quarantine;
    assert.deepEqual(again, new Map([[1, [dead('a'), dead('b', SENT_MS + DAY_MS)]]]));
    assert.deepEqual(
      withFindings(again, [found(1, 'a'), found(1, 'b')], at(SENT_MS + DAY_MS), addressesOf).quarantine,
      again,
    );
  });

  it('forget what is held in vain', () => {
    const before = new Map([
      [1, [dead('gone'), dead('b')]],
      [2, [dead('c')]],
      [9, [dead('x')]],
    ]);
    assert.deepEqual(withFindings(before, [], at(SENT_MS), addressesOf).quarantine, new Map([[1, [dead('b')]]]));
  });

  it('are left out where the page has no room', () => {
    const tokensOf = (no: number): string[] => Array.from({ length: 10 }, (_, nth) => `${no}-${nth}`);
    const all = Array.from({ length: HELD_MAX / 10 + 1 }, (_, no) => tokensOf(no).map((token) => found(no, token)));
    const { quarantine, leftOut } = withFindings(new Map(), all.flat(), at(SENT_MS), (no) =>
      tokensOf(no).map((token) => ({ token })),
    );
    assert.equal([...quarantine.values()].flat().length, HELD_MAX);
    assert.equal(leftOut, 10);
  });
});

describe('the next look at a quarantine', () => {
  it('is after a day, and then when the grace time is over', () => {
    const grace = 30 * DAY_MS;
    assert.equal(askAtMs(dead('a'), grace), SENT_MS + DAY_MS);
    assert.equal(askAtMs({ ...dead('a'), asked: true }, grace), SENT_MS + grace);
    assert.equal(askAtMs(dead('a'), DAY_MS / 2), SENT_MS + DAY_MS / 2);
    assert.equal(nextLookMs(new Map(), grace), null);
    const both = new Map([
      [1, [{ ...dead('a'), asked: true }]],
      [2, [dead('b', SENT_MS + 3)]],
    ]);
    assert.equal(nextLookMs(both, grace), SENT_MS + 3 + DAY_MS);
  });
});
