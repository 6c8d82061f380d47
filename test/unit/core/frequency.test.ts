import assert from 'node:assert/strict';
import fc from 'fast-check';
import { campaignRequestSchema } from '../../../functions/src/contract/campaign.ts';
import {
  capOf,
  decodeSent,
  encodeSent,
  forgotten,
  nameOf,
  reserve,
  SENT_MAX,
  type Cap,
  type Sent,
} from '../../../functions/src/core/frequency.ts';

const PLACES = 63;
const entry: fc.Arbitrary<Sent> = fc.record({
  campaign: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  day: fc.nat({ max: 2 ** 24 - 1 }),
  places: fc.uint8Array({ minLength: PLACES, maxLength: PLACES }),
});
const plain = (sent: readonly Sent[]): unknown =>
  sent.map(({ campaign, day, places }) => [[...campaign], day, [...places]]);

/** What a campaign asks for at one time. */
interface Step {
  readonly campaign: number;
  readonly members: readonly number[];
  /** Days that pass before it. */
  readonly later: number;
}
const step: fc.Arbitrary<Step> = fc.record({
  campaign: fc.nat({ max: 5 }),
  members: fc.uniqueArray(fc.nat({ max: 499 }), { minLength: 1, maxLength: 4 }),
  later: fc.constantFrom(0, 0, 0, 1, 1, 2, 9),
});
const cap: fc.Arbitrary<Cap> = fc.record({
  perDay: fc.constantFrom(1, 2, Infinity),
  perWeek: fc.constantFrom(1, 2, 3, Infinity),
});

describe('the frequency cap', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (sent) => {
        assert.deepEqual(plain(decodeSent(encodeSent(sent))), plain(sent));
      }),
    );
    assert.throws(() => decodeSent(new Uint8Array(73)), RangeError);
  });

  it('lets no member have more than its number on any day or any seven days, however campaigns come', () => {
    fc.assert(
      fc.property(
        cap,
        fc.array(step, { maxLength: 40 }),
        fc.infiniteStream(fc.nat({ max: 2 })),
        (cap, steps, zones) => {
          let sent: readonly Sent[] = [];
          let today = 20_000;
          const had = new Map<number, { day: number; campaign: number }[]>();
          for (const { campaign, members, later } of steps) {
            today += later;
            // The members' own calendars differ by a day, now in one direction and now in the other.
            const asks = members.map((memberNo) => ({ memberNo, day: today + (zones.next().value === 0 ? 1 : 0) }));
            const after = reserve(sent, nameOf(`c${campaign}`), asks, cap);
            sent = decodeSent(encodeSent(after.sent));
            for (const { memberNo, day } of asks) {
              if (after.allowed.has(memberNo)) had.set(memberNo, [...(had.get(memberNo) ?? []), { day, campaign }]);
            }
          }
          for (const all of had.values()) {
            for (const { day } of all) {
              const within = (days: number): number =>
                new Set(all.filter((one) => one.day >= day && one.day < day + days).map((one) => one.campaign)).size;
              assert.ok(within(1) <= cap.perDay && within(7) <= cap.perWeek);
            }
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('lets everybody have that number', () => {
    const days = (perDay: number, perWeek: number, ...ask: [campaign: string, day: number][]): boolean[] => {
      let sent: readonly Sent[] = [];
      return ask.map(([campaign, day]) => {
        const after = reserve(sent, nameOf(campaign), [{ memberNo: 7, day }], { perDay, perWeek });
        sent = after.sent;
        return after.allowed.has(7);
      });
    };
    assert.deepEqual(days(1, Infinity, ['a', 1], ['b', 1], ['b', 2], ['c', 2]), [true, false, true, false]);
    assert.deepEqual(days(Infinity, 2, ['a', 1], ['b', 1], ['c', 7], ['c', 8]), [true, true, false, true]);
    assert.deepEqual(days(1, 1, ['a', 1], ['a', 1], ['a', 2], ['b', 8], ['b', 9]), [true, true, true, false, true]);
  });

  it('counts a message once, and a member apart from its neighbours', () => {
    const asks = [0, 1, 499].map((memberNo) => ({ memberNo, day: 5 }));
    const once = reserve([], nameOf('a'), asks, { perDay: 1, perWeek: 1 });
    assert.equal(once.isChanged, true);
    const again = reserve(once.sent, nameOf('a'), asks, { perDay: 1, perWeek: 1 });
    assert.equal(again.isChanged, false);
    assert.deepEqual([...again.allowed], [0, 1, 499]);
    const other = reserve(once.sent, nameOf('b'), [...asks, { memberNo: 2, day: 5 }], { perDay: 1, perWeek: 1 });
    assert.deepEqual([...other.allowed], [2]);
    const left = forgotten(other.sent, 499);
    assert.deepEqual([...reserve(left, nameOf('c'), asks, { perDay: 1, perWeek: 1 }).allowed], [499]);
    assert.deepEqual(plain(forgotten(left, 499)), plain(left));
  });

  it('keeps nothing for longer than it needs, and writes to nobody where it can count no more', () => {
    const cap = { perDay: Infinity, perWeek: Infinity };
    const old = reserve([], nameOf('a'), [{ memberNo: 1, day: 10 }], cap).sent;
    assert.deepEqual(
      reserve(old, nameOf('b'), [{ memberNo: 1, day: 18 }], cap).sent.map(({ day }) => day),
      [18],
    );
    let sent: readonly Sent[] = [];
    for (let nth = 0; nth < SENT_MAX; nth += 1) {
      sent = reserve(sent, nameOf(`c${nth}`), [{ memberNo: 1, day: 10 }], cap).sent;
    }
    const full = reserve(sent, nameOf('more'), [{ memberNo: 1, day: 10 }], cap);
    assert.deepEqual([full.sent.length, full.allowed.size], [SENT_MAX, 0]);
    assert.equal(reserve(sent, nameOf('c0'), [{ memberNo: 2, day: 10 }], cap).allowed.size, 1);
  });

  it('is the stricter of the deployment’s and the campaign’s own, and nothing for what is not advertising', () => {
    const request = (kind: string, policy: object): Parameters<typeof capOf>[0] =>
      campaignRequestSchema.parse({
        id: 'c',
        kind,
        audience: { members: { from: 1, to: 2 } },
        message: { title: 'T', body: 'B' },
        policy,
      });
    const none = { perDay: Infinity, perWeek: Infinity };
    const some = { perDay: 2, perWeek: 3 };
    assert.equal(capOf(request('marketing', {}), none), null);
    assert.equal(capOf(request('transactional', {}), some), null);
    assert.deepEqual(capOf(request('marketing', {}), some), some);
    assert.deepEqual(capOf(request('marketing', { cap: { perDay: 1, perWeek: 9 } }), some), { perDay: 1, perWeek: 3 });
    assert.deepEqual(capOf(request('marketing', { cap: { perWeek: 9 } }), none), { perDay: Infinity, perWeek: 9 });
    for (const wrong of [{}, { perDay: 0 }, { perDay: 101 }, { perWeek: 1.5 }, { perMonth: 3 }]) {
      assert.throws(() => request('marketing', { cap: wrong }));
    }
    assert.throws(() => request('transactional', { cap: { perDay: 1 } }));
  });
});
