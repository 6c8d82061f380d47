import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SendResult } from '../../../functions/src/contract/push.ts';
import {
  admits,
  inFlightBounds,
  isTrouble,
  loadOf,
  nextLimit,
  type InFlightBounds,
  type Observed,
} from '../../../functions/src/core/inFlight.ts';
import type { Draft } from '../../../functions/src/core/resolve.ts';

const MIB = 1_048_576;
const BOUNDS: InFlightBounds = inFlightBounds({ perSecond: 6_000, most: 8_000, memoryBytes: 512 * MIB });
/** Below the set rate for want of room, without trouble. */
const HUNGRY: Observed = { elapsedMs: 500, answers: 1_000, troubled: 0, waited: true, rssBytes: 150 * MIB, busy: 0.5 };

const limits = fc.integer({ min: BOUNDS.least, max: BOUNDS.most });
const observations: fc.Arbitrary<Observed> = fc
  .record({
    elapsedMs: fc.integer({ min: 1, max: 60_000 }),
    answers: fc.integer({ min: 0, max: 100_000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    waited: fc.boolean(),
    rssBytes: fc.integer({ min: 0, max: 1_024 * MIB }),
    busy: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, ...rest }) => ({ ...rest, troubled: Math.floor(share * rest.answers) }));

describe('in-flight control', () => {
  it('never leaves its bounds', () => {
    fc.assert(
      fc.property(limits, observations, (limit, observed) => {
        const next = nextLimit(limit, observed, BOUNDS);
        assert.ok(Number.isInteger(next) && next >= BOUNDS.least && next <= BOUNDS.most, String(next));
      }),
    );
  });

  it('grows only while a batch waits, the set rate is not reached, memory and processor allow and nobody says "less"', () => {
    fc.assert(
      fc.property(limits, observations, (limit, observed) => {
        if (nextLimit(limit, observed, BOUNDS) <= limit) return;
        assert.ok(observed.waited);
        assert.ok((observed.answers * 1_000) / observed.elapsedMs < BOUNDS.perSecond);
        assert.ok(observed.rssBytes <= 0.7 * BOUNDS.memoryBytes);
        assert.ok(observed.troubled <= 0.1 * observed.answers);
        assert.ok(observed.busy <= 0.9);
      }),
    );
  });

  it('gives no more room for more trouble or more memory in use', () => {
    fc.assert(
      fc.property(limits, observations, observations, (limit, one, other) => {
        const troubled = Math.max(one.troubled, Math.min(one.answers, other.troubled));
        const worse = { ...one, troubled, rssBytes: Math.max(one.rssBytes, other.rssBytes) };
        // Memory rules before trouble, and by its own factor: each is compared by itself.
        const byTrouble = { ...worse, rssBytes: one.rssBytes };
        const byMemory = { ...one, troubled: 0, rssBytes: worse.rssBytes };
        assert.ok(nextLimit(limit, byTrouble, BOUNDS) <= nextLimit(limit, one, BOUNDS));
        assert.ok(nextLimit(limit, byMemory, BOUNDS) <= nextLimit(limit, { ...one, troubled: 0 }, BOUNDS));
      }),
    );
  });

  it('reaches its most within ten windows when it may, and its least within ten when all answers are trouble', () => {
    const after = (windows: number, start: number, observed: Observed): number => {
      let limit = start;
      for (let n = 0; n < windows; n += 1) limit = nextLimit(limit, observed, BOUNDS);
      return limit;
    };
    assert.equal(after(10, BOUNDS.least, HUNGRY), BOUNDS.most);
    assert.equal(after(10, BOUNDS.most, { ...HUNGRY, troubled: HUNGRY.answers }), BOUNDS.least);
    assert.equal(after(10, BOUNDS.most, { ...HUNGRY, rssBytes: 500 * MIB }), BOUNDS.least);
  });

  it('halves when every answer is trouble, and leaves a tenth of trouble to the addresses', () => {
    assert.equal(nextLimit(4_000, { ...HUNGRY, troubled: 1_000 }, BOUNDS), 2_000);
    assert.equal(nextLimit(4_000, { ...HUNGRY, troubled: 200 }, BOUNDS), 3_600);
    assert.equal(nextLimit(4_000, { ...HUNGRY, troubled: 100 }, BOUNDS), 6_000);
  });

  it('takes 429, 503 and time-outs for trouble, and no other result', () => {
    const refused = (code: Extract<SendResult, { kind: 'refused' }>['code']): SendResult => ({ kind: 'refused', code });
    const trouble = [refused('QUOTA_EXCEEDED'), refused('UNAVAILABLE'), { kind: 'ambiguous', reason: 'timed-out' }];
    const none = [{ kind: 'accepted' }, refused('UNREGISTERED'), refused('INTERNAL'), { kind: 'notSent' }];
    for (const result of trouble) assert.equal(isTrouble(result as SendResult), true);
    for (const result of none) assert.equal(isTrouble(result as SendResult), false);
    assert.equal(isTrouble({ kind: 'ambiguous', reason: 'connection-lost' }), false);
  });

  it('admits what fits in count and bytes, and to an empty instance anything', () => {
    const load = { pushes: 500, bytes: 500_000 };
    assert.equal(admits(1_000, BOUNDS, { pushes: 500, bytes: 500_000 }, load), true);
    assert.equal(admits(1_000, BOUNDS, { pushes: 501, bytes: 500_000 }, load), false);
    assert.equal(admits(1_000, BOUNDS, { pushes: 1, bytes: BOUNDS.mostBytes }, load), false);
    assert.equal(admits(100, BOUNDS, { pushes: 0, bytes: 0 }, { pushes: 500, bytes: 2 * BOUNDS.mostBytes }), true);
  });

  it('takes as many small messages as connections carry, and of large ones as many as the heap holds', () => {
    const most = (chars: number): number => {
      const push = { title: '', body: 'x'.repeat(chars), data: {} };
      const batch = loadOf(Array.from({ length: 500 }, () => ({ push }) as unknown as Draft));
      let batches = 0;
      const inFlight = (): { pushes: number; bytes: number } => ({
        pushes: batches * batch.pushes,
        bytes: batches * batch.bytes,
      });
      while (admits(BOUNDS.most, BOUNDS, inFlight(), batch)) batches += 1;
      return inFlight().pushes;
    };
    assert.equal(most(200), BOUNDS.most);
    assert.equal(most(4_000), 5_000);
  });

  it('gives back what an answered message held beside its texts', () => {
    const load = { pushes: 500, bytes: 5_000_000 };
    const texts = BOUNDS.mostBytes - 9_000_000;
    assert.equal(admits(8_000, BOUNDS, { pushes: 1_000, bytes: texts }, load), false);
    assert.equal(admits(8_000, BOUNDS, { pushes: 0, bytes: texts }, load), true);
  });

  it('counts what is sent, by its texts', () => {
    const push = { address: { token: 't' }, title: '봄', body: 'body', data: { k: 'value' }, tag: 'x' };
    const draft = { key: '1', push: { ...push, android: {}, apns: {}, webpush: {} } } as unknown as Draft;
    const silent = { key: '2', push: null } as unknown as Draft;
    const longer = { ...draft, push: { ...draft.push, body: 'body'.repeat(1_000) } } as Draft;
    assert.equal(loadOf([draft, silent]).pushes, 1);
    assert.equal(loadOf([longer]).bytes - loadOf([draft]).bytes, 2 * 3_996);
    assert.deepEqual(loadOf([silent]), { pushes: 0, bytes: 0 });
  });
});
