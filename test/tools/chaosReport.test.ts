import assert from 'node:assert/strict';
import { check, type Findings } from '../../tools/chaos/report.ts';
import { Tally } from '../../tools/chaos/tally.ts';

describe('what a chaos run must show', () => {
  const tally = new Tally();
  tally.add('kill.sendRange', 2);
  const judgement = {
    messages: 10,
    lost: 0,
    untrue: 0,
    surplus: 0,
    shownTwice: 0,
    outsideClaim: 0,
    duplicates: { resend: 3, record: 0 },
    resent: 4,
    unknown: 1,
    overconfident: 0,
    unlawful: 0,
    conserved: true,
    findings: [],
  };
  const findings: Findings = { judgement, tally, replaced: 2, inFlight: 500, elapsedMs: 1 };
  const failed = (change: Partial<Findings>) => check({ ...findings, ...change }).filter(({ holds }) => !holds);

  it('is shown by a good one', () => assert.deepEqual(failed({}), []));

  for (const change of [
    { lost: 1 },
    { untrue: 1 },
    { surplus: 1 },
    { shownTwice: 1 },
    { outsideClaim: 1 },
    { duplicates: { resend: 5, record: 0 } },
    { duplicates: { resend: 3, record: 1 } },
    { overconfident: 1 },
    { unlawful: 1 },
    { conserved: false },
  ]) {
    it(`is not shown with ${JSON.stringify(change)}`, () => {
      assert.equal(failed({ judgement: { ...judgement, ...change } }).length, 1);
    });
  }

  it('is not shown where duplicates are more than was in flight, a process lives on, or trouble was never made', () => {
    assert.equal(failed({ inFlight: 1 }).length, 1);
    assert.equal(failed({ replaced: 1 }).length, 1);
    const missed = new Tally();
    missed.add('kill.sendRange', 2);
    missed.expect('slow.firestore');
    assert.match(failed({ tally: missed })[0]?.what ?? '', /but not slow\.firestore/);
  });
});
