import { failUsage, integerFlag, parseFlags } from '../../tools/args.ts';
import { MUTANTS } from './mutants.ts';
import { run } from './run.ts';
import { huntMutants, simulate, type Hunted, type Simulated } from './simulate.ts';

const HELP = `Usage: npm run simulate -- [options]

Plays campaigns on simulated services that fail in every way the real ones may, and holds each to its promises.
  --seeds N    how many runs (1000)
  --seed S     the first seed (1); with --seeds 1 it replays one run and prints what happened in it
  --mutants    plants faults in the pipeline instead: each must be found within 500 seeds
  --json       prints one line of JSON on stdout
  --help       print this

Ends with 1 when a promise was broken, a planted fault was not found, or a kind of fault never happened in 1,000 seeds or more.
`;

const FLAGS = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  mutants: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

const MUTANT_SEEDS_MAX = 500;
/** From so many seeds on every kind of fault has to have happened. */
const ALL_FAULTS_FROM_SEEDS = 1_000;

const NOTHING: Simulated = {
  seeds: 0,
  failures: [],
  faults: new Map(),
  missing: [],
  posts: 0,
  oldestLookUpMs: 0,
  seedsPerSecond: 0,
};

const values = parseFlags(HELP, FLAGS);
const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);

function readNumbers(): { readonly seeds: number; readonly first: number } {
  try {
    return {
      seeds: integerFlag('seeds', values.seeds, 1, 10_000_000) ?? 1_000,
      first: integerFlag('seed', values.seed, 0, 2 ** 52) ?? 1,
    };
  } catch (error) {
    return failUsage(error, HELP);
  }
}

async function tellHistory(seed: number): Promise<void> {
  const { history, violations } = await run(seed, true);
  for (const line of history.lines) say(line);
  for (const violation of violations) say(`  VIOLATED  ${violation}`);
  say(`Replay: npm run simulate -- --seed ${seed} --seeds 1`);
}

function tellResult(result: Simulated): void {
  for (const [kind, count] of result.faults) say(`${String(count).padStart(9)}  ${kind}`);
  for (const kind of result.missing) say(`never happened: ${kind}`);
  say(`${result.failures.length} of ${result.seeds} seeds broke a promise (${result.posts} POSTs reached FCM).`);
  say(`The oldest look-up of a consent that a POST relied on was ${result.oldestLookUpMs / 1_000} s old.`);
  say(`${result.seedsPerSecond} seeds a second on one core.`);
}

function tellHunted({ mutant, seeds, violation }: Hunted): void {
  const verdict = seeds === null ? `NOT FOUND in ${MUTANT_SEEDS_MAX} seeds` : `found by seed ${seeds}: ${violation}`;
  say(`${mutant.name} (${mutant.file}): ${verdict}`);
}

async function main(): Promise<boolean> {
  const { seeds, first } = readNumbers();
  const hunted = values.mutants ? await huntMutants(MUTANTS, { first, most: MUTANT_SEEDS_MAX }, tellHunted) : [];
  const result = values.mutants && values.seeds === undefined ? NOTHING : await simulate(first, seeds);
  const found = hunted.filter((mutant) => mutant.seeds !== null).length;
  if (values.mutants) say(`${found} of ${hunted.length} planted faults were found.`);
  const [failure] = result.failures;
  if (failure !== undefined || seeds === 1) await tellHistory(failure?.seed ?? first);
  if (result.seeds > 0) tellResult(result);
  if (values.json) {
    const { failures, faults, seedsPerSecond } = result;
    const mutants = values.mutants ? { mutants: { planted: hunted.length, found } } : {};
    const line = { seeds: result.seeds, violations: failures.length, faults: Object.fromEntries(faults), ...mutants };
    process.stdout.write(`${JSON.stringify({ ...line, seedsPerSecond })}\n`);
  }
  const isWhole = result.seeds < ALL_FAULTS_FROM_SEEDS || result.missing.length === 0;
  return result.failures.length === 0 && found === hunted.length && isWhole;
}

process.exitCode = (await main()) ? 0 : 1;
