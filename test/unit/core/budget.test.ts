import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  fairShare,
  isSameGrant,
  lowered,
  nextGrant,
  recovered,
  taken,
  type Ask,
  type Grant,
  type Limit,
} from '../../../functions/src/core/budget.ts';

const FULL = 10_000;
const ask = fc.record({
  weight: fc.constantFrom(1, 4),
  wants: fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.constant(Infinity)),
});
/** A campaign asks, or time passes. */
const step = fc.oneof(
  fc.record({ campaign: fc.integer({ min: 0, max: 5 }), ask }),
  fc.record({ passMs: fc.integer({ min: 1, max: 20_000 }) }),
);

/** All grants after each campaign has asked as its conductor does, every two seconds. */
function settledGrants(asks: readonly Ask[], perSecond = FULL): Grant[] {
  const grants: (Grant | null)[] = asks.map(() => null);
  for (let nowMs = 0; nowMs < 60_000; nowMs += 2_000) {
    for (const [index, one] of asks.entries()) {
      const others = grants.filter((grant, other) => other !== index && grant !== null) as Grant[];
      grants[index] = nextGrant(one, grants[index] ?? null, others, perSecond, nowMs + index);
    }
  }
  return grants as Grant[];
}

describe('the budget', () => {
  it('is never exceeded, whoever asks for what in whatever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const grants = new Map<number, Grant>();
        let nowMs = 0;
        for (const one of steps) {
          if ('passMs' in one) nowMs += one.passMs;
          else {
            const others = [...grants].filter(([campaign]) => campaign !== one.campaign).map(([, grant]) => grant);
            const mine = grants.get(one.campaign) ?? null;
            grants.set(one.campaign, nextGrant(one.ask, mine, others, FULL, nowMs));
          }
          const sum = [...grants.values()].reduce((total, grant) => total + taken(grant, nowMs), 0);
          assert.ok(sum <= FULL + 1e-6, `${sum} a second`);
        }
      }),
    );
  });

  it('starves nobody, gives nobody more than it wants, and leaves nothing that somebody wants', () => {
    fc.assert(
      fc.property(fc.array(ask, { minLength: 1, maxLength: 6 }), (asks) => {
        const grants = settledGrants(asks);
        const sum = grants.reduce((total, { perSecond }) => total + perSecond, 0);
        for (const [index, { perSecond }] of grants.entries()) {
          const { wants, weight } = asks[index] as Ask;
          assert.ok(perSecond <= wants);
          const weights = asks.reduce((total, one) => total + one.weight, 0);
          assert.ok(
            perSecond >= Math.min(wants, (0.96 * FULL * weight) / weights) - 1e-6,
            'its fair part at the least',
          );
        }
        const wanted = asks.reduce((total, { wants }) => total + wants, 0);
        assert.ok(sum >= Math.min(wanted, FULL * 0.96) - 1e-6, 'nothing is left lying');
      }),
      { numRuns: 50 },
    );
  });

  it('goes by weight: a transactional campaign gets four times what marketing gets beside it', () => {
    const [transactional, marketing] = settledGrants([
      { weight: 4, wants: Infinity },
      { weight: 1, wants: Infinity },
    ]);
    assert.equal(Math.round(transactional?.perSecond ?? 0), 7_680);
    assert.equal(Math.round(marketing?.perSecond ?? 0), 1_920);
    assert.equal(fairShare(100, { weight: 1, wants: 50 }, [{ weight: 1, wants: 10 }]), 50);
  });

  it('lets a newcomer begin at once, and rise only when the others have heard that they are to be slower', () => {
    const old = nextGrant({ weight: 1, wants: Infinity }, null, [], FULL, 0);
    const asked = { weight: 1, wants: Infinity };
    const first = nextGrant(asked, null, [old], FULL, 1_000);
    assert.equal(first.perSecond, 100);
    const slower = nextGrant({ weight: 1, wants: Infinity }, old, [first], FULL, 2_000);
    assert.equal(slower.perSecond, 4_800);
    assert.equal(nextGrant(asked, first, [slower], FULL, 4_900).perSecond, 100, 'they may not have heard it yet');
    assert.equal(nextGrant(asked, first, [slower], FULL, 5_000).perSecond, 4_800);
  });

  it('is not written again for next to nothing, and in time before it ends', () => {
    const grant = nextGrant({ weight: 1, wants: 100 }, null, [], FULL, 0);
    assert.equal(isSameGrant(grant, { ...grant, perSecond: 99 }, 1_000), true);
    assert.equal(isSameGrant(grant, { ...grant, perSecond: 90 }, 1_000), false);
    assert.equal(isSameGrant(grant, grant, grant.untilMs - 1_000), false);
  });
});

describe('the limit that FCM sets', () => {
  it('halves once for one wave of refusals, and comes back by a tenth of the whole a minute', () => {
    const first = lowered(null, FULL, 0);
    assert.equal(recovered(first, FULL, 0), 5_000);
    assert.equal(lowered(first, FULL, 10_000), first);
    assert.equal(recovered(first, FULL, 120_000), 7_000);
    assert.equal(recovered(first, FULL, 3_600_000), FULL);
    assert.equal(lowered(first, FULL, 120_000).perSecond, 3_500);
  });

  it('never falls to nothing', () => {
    let limit: Limit | null = null;
    for (let nowMs = 0; nowMs < 1_000_000; nowMs += 15_000) limit = lowered(limit, FULL, nowMs);
    assert.ok((limit?.perSecond ?? 0) >= FULL / 100);
  });
});
