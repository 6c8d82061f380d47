import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PRICE_REGIONS, type Billing, type Operations } from '../../../functions/src/contract/operations.ts';
import { costOf } from '../../../functions/src/core/cost.ts';
import { BILLED, PRICES } from '../../../functions/src/core/prices.ts';
import { NO_OPERATIONS } from '../../../functions/src/store/totals.ts';

const US: Billing = { prices: 'us-central1', vcpus: 1, memoryGib: 0.5 };
const anyOperations = fc.record({
  firestoreReads: fc.nat(1e9),
  firestoreWrites: fc.nat(1e9),
  firestoreDeletes: fc.nat(1e9),
  pubsubMessages: fc.nat(1e6),
  taskOperations: fc.nat(1e6),
  instanceMs: fc.nat(1e9),
});

describe('cost', () => {
  it('is each operation at its list price', () => {
    const priced: [Partial<Operations>, number][] = [
      [{ firestoreReads: 100_000 }, 0.03],
      [{ firestoreWrites: 100_000 }, 0.09],
      [{ firestoreDeletes: 100_000 }, 0.01],
      // 2 x 1,000 bytes at 40 USD a TiB, and a request for each at 0.40 a million.
      [{ pubsubMessages: 1_000_000 }, (2e9 / 1_024 ** 4) * 40 + 0.4],
      // Made and delivered, and a request for each.
      [{ taskOperations: 1_000_000 }, 0.8 + 0.4],
      [{ instanceMs: 1_000_000 }, 1_000 * (0.000024 + 0.5 * 0.0000025)],
    ];
    for (const [some, usd] of priced) {
      const cost = costOf({ ...NO_OPERATIONS, ...some }, 0, US);
      assert.ok(Math.abs(cost.usd - usd) < 1e-8, `${JSON.stringify(some)} costs ${cost.usd}, not ${usd}`);
    }
  });

  it('is told for a million accepted messages, and not where there is none', () => {
    const spent = { ...NO_OPERATIONS, firestoreReads: 100_000 };
    assert.equal(costOf(spent, 10_000, US).perMillionUsd, 3);
    assert.equal(costOf(spent, 0, US).perMillionUsd, null);
    assert.deepEqual(costOf(NO_OPERATIONS, 5, US), {
      usd: 0,
      perMillionUsd: 0,
      byService: { firestore: 0, pubsub: 0, tasks: 0, functions: 0 },
      prices: 'us-central1',
    });
  });

  it('is the sum of its services, and never falls where more is done', () => {
    fc.assert(
      fc.property(anyOperations, anyOperations, fc.constantFrom(...PRICE_REGIONS), (a, b, prices) => {
        const billing = { ...US, prices };
        const cost = costOf(a, 1, billing);
        const sum = Object.values(cost.byService).reduce((total, usd) => total + usd, 0);
        assert.ok(Math.abs(cost.usd - sum) < 1e-6);
        const both = Object.fromEntries(
          Object.entries(a).map(([name, n]) => [name, n + b[name as keyof Operations]]),
        ) as Operations;
        assert.ok(costOf(both, 1, billing).usd >= cost.usd);
      }),
    );
  });

  it('has a source and a date for each price of each region', () => {
    for (const region of PRICE_REGIONS) {
      for (const item of BILLED) {
        const { usd, per, source, asOf } = PRICES[region][item];
        assert.ok(usd > 0 && per > 0 && source.startsWith('https://') && /^\d{4}-\d\d-\d\d$/.test(asOf), item);
      }
    }
  });
});
