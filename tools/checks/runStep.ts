import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeStep, type StepResult, type TestCounts } from './results.ts';
import { runCommand, type Run } from './runCommand.ts';
import { countsFile, type Command, type Step } from './steps.ts';

/** `npm test` as a whole must end within 12 minutes. */
const STEP_LIMIT_MS = 10 * 60_000;

export interface RunOptions {
  /** The repository. */
  readonly root: string;
  /** An empty folder for the reporters' files. */
  readonly scratch: string;
  /** Only tests whose full title matches. */
  readonly grep?: string;
  /** Ends what is running. */
  readonly signal?: AbortSignal;
  readonly stepLimitMs?: number;
}

/**
 * Runs one step. A step that runs alone prints as it goes; the output of any other is returned, so that two beside
 * each other do not print into each other's lines.
 */
export async function runStep(step: Step, options: RunOptions): Promise<{ result: StepResult; output: string }> {
  const started = performance.now();
  let run: Run = { exitCode: 0, output: '' };
  let output = '';
  const limit = AbortSignal.timeout(options.stepLimitMs ?? STEP_LIMIT_MS);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  for (const command of step.commands) {
    const { program, args } = commandOf(step, command, options);
    const style = step.alone ? 'inherit' : 'collect';
    run = await runCommand(join(options.root, program), args, { cwd: options.root, output: style, signal });
    output += run.output;
    if (run.exitCode !== 0) break;
  }
  const durationMs = performance.now() - started;
  const counts = step.kind === 'tests' ? readCounts(countsFile(options.scratch, step)) : null;
  const result = judgeStep(step, { exitCode: run.exitCode, durationMs, counts }, options.grep !== undefined);
  return { result, output };
}

function commandOf(step: Step, { program, args }: Command, { scratch, grep }: RunOptions): Command {
  if (step.kind === 'check') return { program, args };
  const reporter = join(import.meta.dirname, 'countingReporter.ts');
  const strict = [
    '--forbid-only',
    '--forbid-pending',
    '--require',
    join(import.meta.dirname, 'unhandledRejections.ts'),
  ];
  const style = step.alone ? 'spec' : 'dot';
  const counting = ['--reporter', reporter, '--reporter-option', `counts=${countsFile(scratch, step)},style=${style}`];
  const filter = grep === undefined ? [] : ['--grep', grep];
  return { program, args: [...args, ...strict, ...counting, ...filter] };
}

function readCounts(file: string): TestCounts | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestCounts;
  } catch {
    return null;
  }
}
