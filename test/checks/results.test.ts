import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hasPassed, judgeStep, summaryOf, totalsOf, type StepResult } from '../../tools/checks/results.ts';

const tests = { name: 'unit', kind: 'tests' } as const;
const check = { name: 'types', kind: 'check' } as const;
const counted = (passes: number, failures: number) => ({ passes, failures });
const run = (exitCode: number | null, counts: StepResult['counts'] = null) => ({ exitCode, durationMs: 1_234, counts });

describe('results of the checks', () => {
  const faults: [what: string, result: StepResult, fault: RegExp | null][] = [
    ['a check that passes', judgeStep(check, run(0), false), null],
    ['a check that fails', judgeStep(check, run(2), false), /exit code 2/],
    ['a check that was ended', judgeStep(check, run(null), false), /signal/],
    ['tests that pass', judgeStep(tests, run(0, counted(3, 0)), false), null],
    ['tests that fail', judgeStep(tests, run(2, counted(3, 2)), false), null],
    ['tests that were ended', judgeStep(tests, run(null, counted(3, 0)), false), /signal/],
    ['tests that end without a count', judgeStep(tests, run(0), false), /before its tests/],
    ['tests that pass in a process that fails', judgeStep(tests, run(7, counted(3, 0)), false), /exit code 7/],
    ['a step without a test', judgeStep(tests, run(0, counted(0, 0)), false), /no test/],
    ['a step without a test that matches', judgeStep(tests, run(0, counted(0, 0)), true), null],
  ];
  for (const [what, { fault }, expected] of faults) {
    it(`tell of ${what}`, () => (expected === null ? assert.equal(fault, null) : assert.match(fault ?? '', expected)));
  }

  it('count a step that failed as a whole beside its tests', () => {
    const results = [
      judgeStep(check, run(1), false),
      judgeStep(tests, run(null, counted(5, 2)), false),
      judgeStep({ ...tests, name: 'client' }, run(0, counted(10, 0)), false),
    ];
    assert.deepEqual(totalsOf(results), { passed: 15, failed: 4 });
    assert.equal(summaryOf(results).split('\n').at(-2), '15 passed, 4 failed');
    assert.ok(!hasPassed(results));
  });

  it('pass where checks alone were asked for, and not where tests were and none was run', () => {
    assert.ok(hasPassed([judgeStep(check, run(0), false)]));
    assert.ok(!hasPassed([judgeStep(check, run(0), false), judgeStep(tests, run(0, counted(0, 0)), true)]));
    assert.ok(!hasPassed([]));
  });

  it('pass only where nothing failed, whatever the mixture', () => {
    const code = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null });
    const count = fc.option(fc.record({ passes: fc.nat(3), failures: fc.nat(2) }), { nil: null });
    const result = fc
      .tuple(fc.constantFrom(tests, check), code, count)
      .map(([step, exitCode, counts]) => judgeStep(step, run(exitCode, step.kind === 'tests' ? counts : null), false));
    fc.assert(
      fc.property(fc.array(result, { maxLength: 4 }), (results) => {
        const allGood = results.every(({ fault, counts }) => fault === null && (counts?.failures ?? 0) === 0);
        assert.equal(hasPassed(results), results.length > 0 && allGood);
        assert.match(results.length === 0 ? '0 passed, 0 failed' : summaryOf(results), /\d+ passed, \d+ failed\n?$/);
      }),
    );
  });
});
