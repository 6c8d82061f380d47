import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LedgerCode } from '../../../functions/src/contract/codes.ts';
import {
  answersOf,
  judgeHealth,
  modeOf,
  NEW_HEALTH,
  probed,
  resumed,
  type Health,
  type Seen,
} from '../../../functions/src/core/health.ts';

const PASSED: Health = { ...NEW_HEALTH, canary: 'passed' };

const seen = (counts: Partial<Record<LedgerCode, number>>, fields: Partial<Seen> = {}): Seen => ({
  answers: answersOf(counts),
  nowMs: 100_000,
  down: answersOf(counts).down,
  planned: null,
  open: true,
  unplanned: true,
  ...fields,
});

describe('the circuit breaker', () => {
  for (const [code, halt] of [
    ['failed.payload', 'payload'],
    ['failed.third-party-auth', 'thirdParty'],
    ['invalid.sender-mismatch', 'mismatch'],
    ['retry.credentials', 'credentials'],
  ] as const) {
    it(`halts for ${code} in half of 20 answers, and not before`, () => {
      assert.equal(judgeHealth(PASSED, seen({ [code]: 10, 'accepted.fcm': 10 })).halt, halt);
      assert.equal(judgeHealth(PASSED, seen({ [code]: 9, 'accepted.fcm': 11 })).halt, null);
      assert.equal(judgeHealth(PASSED, seen({ [code]: 19 })).halt, null);
    });
  }

  it('looks at all answers of a small campaign that is planned to its end', () => {
    assert.equal(judgeHealth(PASSED, seen({ 'retry.credentials': 3 }, { planned: 3 })).halt, 'credentials');
    assert.equal(judgeHealth(PASSED, seen({ 'retry.credentials': 1 }, { planned: 3 })).halt, null);
  });

  it('finds FCM down by all answers of a small campaign, and not by one device of it', () => {
    const outage = (counts: Partial<Record<LedgerCode, number>>, planned: number | null) =>
      judgeHealth(PASSED, seen(counts, { planned })).health.outage !== null;
    for (const few of [1, 5, 19]) {
      assert.equal(outage({ 'retry.unavailable': few }, few), true);
      assert.equal(outage({ 'retry.unavailable': few }, few + 1), false);
    }
    assert.equal(outage({ 'retry.unavailable': 19 }, null), false);
    assert.equal(outage({ 'retry.unavailable': 4, 'accepted.fcm': 1 }, 5), false);
    const first = judgeHealth(PASSED, seen({ 'retry.unavailable': 1, 'accepted.fcm': 4 }, { planned: 5 })).health;
    const again = judgeHealth(first, seen({ 'retry.unavailable': 6, 'accepted.fcm': 4 }, { planned: 5 }));
    assert.equal(again.health.outage, null);
  });

  it('looks at what came since, and keeps few answers for the next look', () => {
    const first = judgeHealth(PASSED, seen({ 'accepted.fcm': 5_000 })).health;
    const few = judgeHealth(first, seen({ 'accepted.fcm': 5_000, 'retry.credentials': 15 }));
    assert.equal(few.halt, null);
    assert.equal(judgeHealth(few.health, seen({ 'accepted.fcm': 5_000, 'retry.credentials': 20 })).halt, 'credentials');
  });

  it('leaves out what came before a resume, and counts on where answers were taken back', () => {
    const halted = judgeHealth(PASSED, seen({ 'retry.credentials': 500 })).health;
    const again = judgeHealth(resumed(halted, true), seen({ 'retry.credentials': 600 }));
    assert.equal(again.halt, null);
    assert.equal(again.health.canary, 'due');
    const fewer = judgeHealth(again.health, seen({ 'retry.credentials': 100 })).health;
    assert.equal(judgeHealth(fewer, seen({ 'retry.credentials': 130 })).halt, 'credentials');
  });

  it('never says two things at once', () => {
    const counts = fc.record({
      'accepted.fcm': fc.nat(100),
      'failed.payload': fc.nat(100),
      'retry.unavailable': fc.nat(1_000),
      'retry.quota': fc.nat(100),
    });
    fc.assert(
      fc.property(counts, (some) => {
        const { halt, isOverQuota, health } = judgeHealth(PASSED, seen(some));
        assert.ok([halt !== null, isOverQuota, health.outage !== null].filter(Boolean).length <= 1);
      }),
    );
  });
});

describe('the canary', () => {
  const out: Health = { ...NEW_HEALTH, canary: 'out', canarySinceMs: 99_000 };

  it('lets the others follow once twenty answers are in, or it was walked, or it is lost', () => {
    assert.equal(judgeHealth(out, seen({ 'accepted.fcm': 19 })).health.canary, 'out');
    assert.equal(judgeHealth(out, seen({ 'accepted.fcm': 20 })).health.canary, 'passed');
    assert.equal(judgeHealth(out, seen({}, { open: false })).health.canary, 'passed');
    assert.equal(judgeHealth(out, seen({}, { nowMs: 159_000 })).health.canary, 'passed');
  });

  it('without a range waits for one answer', () => {
    const none = { open: false, unplanned: false };
    assert.equal(judgeHealth(out, seen({}, none)).health.canary, 'out');
    assert.equal(judgeHealth(out, seen({ 'accepted.fcm': 1 }, none)).health.canary, 'passed');
  });
});

describe('an outage', () => {
  const down = judgeHealth(PASSED, seen({ 'retry.unavailable': 18, 'accepted.fcm': 2 })).health;

  it('is nine of ten answers that FCM is down, and no fewer', () => {
    assert.deepEqual(down.outage, { sinceMs: 100_000, probes: 0, probeAtMs: 110_000 });
    assert.equal(judgeHealth(PASSED, seen({ 'retry.unavailable': 17, 'accepted.fcm': 3 })).health.outage, null);
    assert.equal(modeOf({ state: 'running', ending: null, health: down }), 'probing');
    assert.equal(modeOf({ state: 'running', ending: 'cancelled', health: down }), 'full');
  });

  it('ends with a probe that comes through, and halts after an hour without', () => {
    const still = seen({ 'retry.unavailable': 40, 'accepted.fcm': 2 }, { nowMs: 200_000 });
    assert.notEqual(judgeHealth(down, still).health.outage, null);
    const back = judgeHealth(down, seen({ 'retry.unavailable': 18, 'accepted.fcm': 12 }));
    assert.equal(back.isBack, true);
    assert.equal(back.health.outage, null);
    assert.equal(judgeHealth(down, seen({ 'retry.unavailable': 18 }, { nowMs: 3_700_000 })).halt, 'outage');
  });

  it('asks after 10 s, then ever later, up to a minute', () => {
    let outage = down.outage;
    const pauses: number[] = [];
    for (let probe = 0; probe < 5 && outage !== null; probe += 1) {
      outage = probed(outage, 0);
      pauses.push(outage?.probeAtMs ?? 0);
    }
    assert.deepEqual(pauses, [10_000, 20_000, 40_000, 60_000, 60_000]);
  });
});

describe('the quota', () => {
  it('is taken for exceeded above a tenth of the answers: below that it is single devices', () => {
    assert.equal(judgeHealth(PASSED, seen({ 'retry.quota': 10, 'accepted.fcm': 90 })).isOverQuota, false);
    assert.equal(judgeHealth(PASSED, seen({ 'retry.quota': 11, 'accepted.fcm': 89 })).isOverQuota, true);
  });
});
