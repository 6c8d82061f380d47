import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Mode } from '../../../functions/src/core/health.ts';
import { doingOf, nextTickDelayMs, nextTurnAtMs } from '../../../functions/src/core/turn.ts';

describe('nextTickDelayMs', () => {
  it('stays between one and ten seconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.constantFrom('sending', 'closing', 'ending', 'waiting'),
        (ageMs, doing) => {
          const delay = nextTickDelayMs(ageMs, doing);
          const most = doing === 'closing' ? 1_000 : doing === 'sending' ? 2_000 : 10_000;
          assert.ok(delay >= 1_000 && delay <= most);
        },
      ),
    );
  });
});

describe('doingOf', () => {
  it('looks at what is left only where a campaign goes out in full', () => {
    const all = { isWalked: true, awaitsRetries: true, seconds: 0 };
    assert.equal(doingOf('full', { isWalked: false, awaitsRetries: true, seconds: 60 }), 'sending');
    assert.equal(doingOf('full', { isWalked: false, awaitsRetries: true, seconds: 3 }), 'closing');
    // Nothing is known of the rate before the first turn.
    assert.equal(doingOf('full', { isWalked: false, awaitsRetries: false, seconds: Infinity }), 'sending');
    assert.equal(doingOf('full', all), 'waiting');
    assert.equal(doingOf('full', { ...all, awaitsRetries: false }), 'ending');
    assert.equal(doingOf('canary', all), 'canary');
    assert.equal(doingOf('probing', all), 'probing');
  });
});

describe('nextTurnAtMs', () => {
  const turn = fc.record({
    mode: fc.constantFrom<Mode>('full', 'canary', 'probing'),
    nowMs: fc.nat(1_000_000),
    delayMs: fc.integer({ min: 500, max: 10_000 }),
    isUndone: fc.boolean(),
    nothingBeforeMs: fc.option(fc.nat(5_000_000)),
    untilMs: fc.oneof(fc.nat(2_000_000), fc.constant(Infinity)),
  });

  it('comes after this turn, within ten minutes, and not behind the end', () => {
    fc.assert(
      fc.property(turn, (given) => {
        const atMs = nextTurnAtMs(given) ?? NaN;
        assert.ok(atMs > given.nowMs && atMs <= given.nowMs + 600_000);
        if (given.untilMs > given.nowMs) assert.ok(atMs <= given.untilMs);
      }),
    );
  });

  it('comes at once where something is undone, however long all else rests', () => {
    const rests = { mode: 'full', nowMs: 0, delayMs: 10_000, nothingBeforeMs: 3_600_000, untilMs: Infinity } as const;
    assert.equal(nextTurnAtMs({ ...rests, isUndone: true }), 1_000);
    assert.equal(nextTurnAtMs({ ...rests, isUndone: false }), 600_000);
    assert.equal(nextTurnAtMs({ ...rests, isUndone: false, nothingBeforeMs: 60_000 }), 60_000);
    assert.equal(nextTurnAtMs({ ...rests, isUndone: false, nothingBeforeMs: 5_000 }), 10_000);
  });

  it('is none of a campaign that was halted, but for its end', () => {
    const halted = { mode: 'halted', nowMs: 100, delayMs: 1_000, isUndone: true, nothingBeforeMs: null } as const;
    assert.equal(nextTurnAtMs({ ...halted, untilMs: Infinity }), null);
    assert.equal(nextTurnAtMs({ ...halted, untilMs: 5_000 }), 5_000);
    assert.equal(nextTurnAtMs({ ...halted, untilMs: 50 }), null);
  });
});
