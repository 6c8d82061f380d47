import assert from 'node:assert/strict';
import { Deliveries, DELIVERY_FAULTS } from '../../tools/chaos/deliveries.ts';
import { planTrouble } from '../../tools/chaos/schedule.ts';
import { Tally } from '../../tools/chaos/tally.ts';
import { makeTrouble } from '../../tools/chaos/trouble.ts';

describe('the trouble that is planned', () => {
  const kinds = { kills: ['kill.a', 'kill.b'], others: ['x', 'y', 'z'] };

  it('is the same for the same seed, in order, and over before the time is', () => {
    const plan = planTrouble(kinds, 180_000, 7);
    assert.deepEqual(plan, planTrouble(kinds, 180_000, 7));
    assert.notDeepEqual(plan, planTrouble(kinds, 180_000, 8));
    assert.ok(plan.every(({ atMs }, nth) => atMs >= (plan[nth - 1]?.atMs ?? 0) && atMs < 180_000));
  });

  it('kills fifty times and more in three minutes, and makes all other trouble in each round', () => {
    const due = Map.groupBy(planTrouble(kinds, 180_000, 1), ({ kind }) => kind);
    const times = Object.fromEntries([...due].map(([kind, all]) => [kind, all.length]));
    assert.deepEqual(times, { 'kill.a': 30, 'kill.b': 30, x: 4, y: 4, z: 4 });
  });

  it('leaves out no kind, however short it is', () => {
    const plan = planTrouble(kinds, 1_000, 1);
    assert.deepEqual(new Set(plan.map(({ kind }) => kind)), new Set(['kill.a', 'kill.b', 'x', 'y', 'z']));
    assert.deepEqual(planTrouble({ kills: [], others: [] }, 1_000, 1), []);
  });
});

describe('making trouble', () => {
  const never = new AbortController().signal;

  it('makes all of it, and puts off what finds nothing to trouble', async () => {
    const made: string[] = [];
    let calls = 0;
    const strikes = new Map([
      ['at once', async () => made.push('at once') > 0],
      ['later', async () => (calls += 1) > 1 && made.push('later') > 0],
    ]);
    const plan = [...strikes.keys()].map((kind) => ({ kind, atMs: 0 }));
    await makeTrouble(plan, strikes, () => false, never);
    assert.deepEqual(made, ['at once', 'later']);
  });

  it('ends with the campaigns, and with a strike that fails', async () => {
    const strikes = new Map([['none', async () => false]]);
    const plan = [{ kind: 'none', atMs: 0 }];
    let looks = 0;
    await makeTrouble(plan, strikes, () => (looks += 1) > 2, never);
    const failing = new Map([['none', () => Promise.reject(new Error('no such instance'))]]);
    await assert.rejects(
      makeTrouble(plan, failing, () => false, never),
      /no such instance/,
    );
  });
});

describe('deliveries in trouble', () => {
  it('are doubled, delayed, not acknowledged and not delivered, and left alone otherwise', async () => {
    const tally = new Tally();
    const deliveries = new Deliveries(tally);
    let delivered = 0;
    const deliver = deliveries.wrap(async () => {
      delivered += 1;
      return 'ack';
    });
    assert.equal(await deliver({} as never), 'ack');
    deliveries.trouble(true);
    const verdicts = await Promise.all(Array.from({ length: 6 }, () => deliver({} as never)));
    deliveries.trouble(false);
    assert.deepEqual(tally.counts(), Object.fromEntries(DELIVERY_FAULTS.toSorted().map((kind) => [kind, 1])));
    assert.equal(verdicts.filter((verdict) => verdict === 'nack').length, 2);
    assert.equal(delivered, 1 + 2 + 2 + 1 + 1);
  }).timeout(10_000);
});
