import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { failUsage, parseFlags } from './args.ts';
import { hasPassed, seconds, summaryOf, type StepResult } from './checks/results.ts';
import { runStep, type RunOptions } from './checks/runStep.ts';
import { CHECKS, selectSteps, testSteps, type Step } from './checks/steps.ts';
import { interruption } from './interrupt.ts';

const ROOT = dirname(import.meta.dirname);
/** Two cores are what every machine that runs this has; more at once would make tests that care for time fail. */
const MAX_STEPS_AT_ONCE = 2;

const HELP = `Usage: npm test -- [options]

Runs everything that must pass: types, lint, format, dead code (knip), then the folders of test/.
  --only STEP[,STEP]   only these steps; may be given more than once
  --grep PATTERN       only tests whose full title matches, and no checks
  --list               print the names of the steps
  --help               print this

The last line is "N passed, N failed". A check that fails counts as one failed, a skipped test as failed.
`;

const FLAGS = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  grep: { type: 'string' },
  list: { type: 'boolean', default: false },
} as const;

/** Those that share the machine first, a few at a time, then the others one by one. */
async function runAll(steps: readonly Step[], options: RunOptions): Promise<StepResult[]> {
  const waiting = steps.filter((step) => !step.alone);
  const results = new Map<string, StepResult>();
  const runNext = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      results.set(step.name, await runAndTell(step, options));
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_STEPS_AT_ONCE, availableParallelism()) }, runNext));
  for (const step of steps.filter(({ alone }) => alone && options.signal?.aborted !== true)) {
    process.stdout.write(`\n${step.name}\n`);
    results.set(step.name, await runAndTell(step, options));
  }
  return steps.flatMap((step) => results.get(step.name) ?? []);
}

async function runAndTell(step: Step, options: RunOptions): Promise<StepResult> {
  const { result, output } = await runStep(step, options);
  const verdict = result.fault !== null || (result.counts?.failures ?? 0) > 0 ? 'FAILED' : 'passed';
  process.stdout.write(`${output.trimEnd()}\n${step.name}: ${verdict} in ${seconds(result.durationMs)}\n`);
  return result;
}

function chosenSteps({ only, grep }: { readonly only: readonly string[]; readonly grep?: string | undefined }) {
  const names = only.flatMap((value) => value.split(','));
  const steps = selectSteps([...CHECKS, ...testSteps(ROOT)], names);
  return grep === undefined ? steps : steps.filter((step) => step.kind === 'tests');
}

async function main(steps: readonly Step[], grep: string | undefined): Promise<number> {
  const stop = new AbortController();
  let interrupted: number | null = null;
  const watchForEnd = async (): Promise<void> => {
    interrupted = (await interruption()).exitCode;
    stop.abort();
  };
  void watchForEnd();
  const scratch = mkdtempSync(join(tmpdir(), 'bongsu-test-'));
  try {
    const options = { root: ROOT, scratch, signal: stop.signal, ...(grep === undefined ? {} : { grep }) };
    const results = await runAll(steps, options);
    process.stdout.write(summaryOf(results));
    return interrupted ?? (hasPassed(results) ? 0 : 1);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const values = parseFlags(HELP, FLAGS);
try {
  const steps = chosenSteps(values);
  if (values.list) process.stdout.write(`${steps.map((step) => step.name).join('\n')}\n`);
  else process.exitCode = await main(steps, values.grep);
} catch (error) {
  failUsage(error, HELP);
}
