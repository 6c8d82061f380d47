import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { hasPassed, totalsOf, type StepResult } from '../../tools/checks/results.ts';
import { runStep } from '../../tools/checks/runStep.ts';
import { CHECKS, selectSteps, testSteps } from '../../tools/checks/steps.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PASSES = "it('passes', () => {});\n";
const FAILS = "it('fails', () => { throw new Error('planted'); });\n";

describe('the test runner', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'run-step-'));
    mkdirSync(join(root, 'scratch'));
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    write('package.json', '{"type":"module"}');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(file: string, source: string): void {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), source);
  }

  async function runTests(source: string, options: { grep?: string; stepLimitMs?: number } = {}): Promise<StepResult> {
    write('test/unit/deep/a.test.ts', source);
    const [step] = testSteps(root);
    assert.ok(step !== undefined);
    return (await runStep(step, { root, scratch: join(root, 'scratch'), ...options })).result;
  }

  it('counts what passes and what fails', async () => {
    const result = await runTests(PASSES.repeat(3) + FAILS);
    assert.deepEqual(totalsOf([result]), { passed: 3, failed: 1 });
    assert.ok(!hasPassed([result]));
  });

  it('is content when all pass', async () => {
    assert.ok(hasPassed([await runTests(PASSES)]));
  });

  const failing: [what: string, source: string][] = [
    ['a skipped test', `${PASSES}it.skip('later', () => {});`],
    ['a test without a body', `${PASSES}it('later');`],
    ['a test that skips itself', `${PASSES}it('later', function () { this.skip(); });`],
    ['an exclusive test', `${PASSES}it.only('this', () => {});`],
    ['a hook that fails', `${PASSES}before(() => { throw new Error('planted'); });`],
    ['a file that does not load', `${PASSES}throw new Error('planted');`],
    ['a process that ends early', `${PASSES}it('ends', () => process.exit(0));`],
    [
      'an error after the last test',
      `${PASSES}after(() => { setTimeout(() => { throw new Error('planted'); }, 50); });`,
    ],
    [
      'an unhandled rejection',
      `${PASSES}it('rejects', (done) => { void Promise.reject(new Error('planted')); setTimeout(done, 50); });`,
    ],
    ['no test at all', ''],
  ];
  for (const [what, source] of failing) {
    it(`fails for ${what}`, async () => assert.ok(!hasPassed([await runTests(source)])));
  }

  it('ends a step that never ends', async () => {
    const result = await runTests(`${PASSES}setInterval(() => {}, 1_000);`, { stepLimitMs: 1_500 });
    assert.match(result.fault ?? '', /took too long/);
  });

  it('runs only what matches', async () => {
    const result = await runTests(PASSES + FAILS, { grep: 'passes' });
    assert.deepEqual(totalsOf([result]), { passed: 1, failed: 0 });
  });

  it('finds every folder that holds tests, and runs what it does not know last and alone', () => {
    for (const folder of ['zebra', 'local', 'unit/core', 'simulators/fcm']) write(`test/${folder}/a.test.ts`, PASSES);
    write('test/empty/support.ts', '');
    const steps = testSteps(root);
    assert.deepEqual(
      steps.map((step) => step.name),
      ['unit', 'simulators', 'local', 'zebra'],
    );
    assert.deepEqual(
      steps.map((step) => step.alone),
      [false, true, true, true],
    );
  });

  it('refuses a test that no step would run', () => {
    write('test/a.test.ts', PASSES);
    assert.throws(() => testSteps(root), /a\.test\.ts/);
  });

  it('refuses the name of a step that is not there', () => {
    assert.deepEqual(
      selectSteps(CHECKS, ['lint']).map((step) => step.name),
      ['lint'],
    );
    assert.throws(() => selectSteps(CHECKS, ['lint', 'lnit']), /There is no step "lnit"/);
  });

  it('prints the output of a check that fails', async () => {
    write('fail.mjs', "console.log('what is wrong'); process.exitCode = 4;");
    const step = { name: 'x', kind: 'check', alone: false, commands: [{ program: 'fail.mjs', args: [] }] } as const;
    const { result, output } = await runStep(step, { root, scratch: join(root, 'scratch') });
    assert.equal(output, 'what is wrong\n');
    assert.equal(result.fault, 'exit code 4');
  });

  it('does not wait for what a step leaves behind', async () => {
    write(
      'leave.mjs',
      "import { spawn } from 'node:child_process';\n" +
        "spawn(process.execPath, ['-e', 'setTimeout(() => {}, 8_000)'], { stdio: 'inherit' }).unref();\n",
    );
    const step = { name: 'x', kind: 'check', alone: false, commands: [{ program: 'leave.mjs', args: [] }] } as const;
    const { result } = await runStep(step, { root, scratch: join(root, 'scratch') });
    assert.equal(result.fault, null);
  });
});
