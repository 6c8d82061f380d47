import type { Step } from './steps.ts';

/** What a mocha run counted; a failed hook counts as a failure, and so does a skipped test. */
export interface TestCounts {
  readonly passes: number;
  readonly failures: number;
}

export interface StepResult {
  readonly step: Pick<Step, 'name' | 'kind'>;
  readonly durationMs: number;
  /** In a few words, why the step as a whole failed; null where it did not. */
  readonly fault: string | null;
  /** Null for a check, and for tests that ended without a count. */
  readonly counts: TestCounts | null;
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/**
 * What one run of a step comes to.
 * @param exitCode null where a signal ended the step: it took too long, or crashed.
 * @param counts of its tests, where they were run to the end.
 */
export function judgeStep(
  step: Pick<Step, 'name' | 'kind'>,
  run: { readonly exitCode: number | null; readonly durationMs: number; readonly counts: TestCounts | null },
  filtered: boolean,
): StepResult {
  return { step, durationMs: run.durationMs, counts: run.counts, fault: faultOf(step.kind, run, filtered) };
}

function faultOf(
  kind: Step['kind'],
  { exitCode, counts }: { readonly exitCode: number | null; readonly counts: TestCounts | null },
  filtered: boolean,
): string | null {
  if (exitCode === null) return 'ended by a signal, or took too long';
  if (kind === 'check') return exitCode === 0 ? null : `exit code ${exitCode}`;
  if (counts === null) return 'ended before its tests did';
  if (counts.failures > 0) return null;
  // mocha's exit code is the number of failures; any other than 0 means that the process failed beside its tests.
  if (exitCode !== 0) return `exit code ${exitCode}`;
  return counts.passes === 0 && !filtered ? 'no test was run' : null;
}

/** Tests that passed; tests that failed, with one for every step that failed as a whole. */
export function totalsOf(results: readonly StepResult[]): Totals {
  const counts = results.flatMap((result) => result.counts ?? []);
  return {
    passed: counts.reduce((sum, each) => sum + each.passes, 0),
    failed:
      counts.reduce((sum, each) => sum + each.failures, 0) + results.filter((result) => result.fault !== null).length,
  };
}

/** Whether everything that was asked for has passed, and, where tests were asked for, at least one was run. */
export function hasPassed(results: readonly StepResult[]): boolean {
  const { passed, failed } = totalsOf(results);
  const asksForTests = results.some((result) => result.step.kind === 'tests');
  return results.length > 0 && failed === 0 && (passed > 0 || !asksForTests);
}

/** The table of all steps, and as its last line what the whole run comes to. */
export function summaryOf(results: readonly StepResult[]): string {
  const rows = results.map((result) => [result.step.name, seconds(result.durationMs), wordsFor(result)] as const);
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const timeWidth = Math.max(...rows.map(([, time]) => time.length));
  const lines = rows.map(([name, time, words]) => `  ${name.padEnd(nameWidth)}  ${time.padStart(timeWidth)}  ${words}`);
  const { passed, failed } = totalsOf(results);
  return `\n${lines.join('\n')}\n\n${passed} passed, ${failed} failed\n`;
}

export function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`;
}

function wordsFor({ counts, fault }: StepResult): string {
  const counted = counts === null ? [] : [`${counts.passes} passed, ${counts.failures} failed`];
  if (fault !== null) return [...counted, `failed: ${fault}`].join('; ');
  return counted[0] ?? 'passed';
}
