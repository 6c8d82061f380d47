import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failUsage, integerFlag, parseFlags, UsageError } from './args.ts';
import { measureMemory } from './bench/memory/run.ts';
import { commitOf, machine } from './bench/machine.ts';
import { table, type Bench, type Finding, type Measurement } from './bench/measurement.ts';
import { pageOf, withHeadlines, withSection } from './bench/publication.ts';
import { measureSender } from './bench/sender.ts';
import { measureSlow } from './bench/slow.ts';
import { measureSpeed } from './bench/speed/run.ts';
import { measureCost } from './bench/stages/cost.ts';
import { measureScale } from './bench/stages/scale.ts';
import { interruption } from './interrupt.ts';

const ROOT = dirname(import.meta.dirname);
const REPORTS = join(ROOT, 'reports');
const DOCS = join(ROOT, 'docs');
const PUBLISHED = join(DOCS, 'performance.md');
const README = join(ROOT, 'README.md');

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  sender: measureSender,
  speed: measureSpeed,
  memory: measureMemory,
  slow: measureSlow,
  cost: measureCost,
  scale: measureScale,
};
/** `memory` holds what `slow` measures. */
const BY_DEFAULT = Object.keys(MEASUREMENTS).filter((name) => name !== 'slow');

const HELP = `Usage: npm run bench -- [options]

Measures the product beside what it is held against, in one run, and ends with 1 where a target is missed.
  --only NAME[,NAME]   of: ${Object.keys(MEASUREMENTS).join(', ')} (${BY_DEFAULT.join(', ')})
  --speed-messages N   size of the campaigns whose speed is measured (300000)
  --rounds N           how often each of them is measured, in turn with bare senders (3)
  --messages N[,N]     sizes of the campaigns whose memory is measured (100000,1000000)
  --baseline N         messages of the old server's runs, and of those with addresses that hang (100000)
  --quick              all sizes small and one round: what runs, not how fast
  --json               one JSON object as the last line of stdout, the tables on stderr
  --publish            also write the tables to docs/performance.md, cost.md and scale.md, and what the README quotes
  --help               print this

Reports go to reports/. Other work on the machine falsifies rates, and what is measured per core too, though less.
`;

const FLAGS = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
  publish: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  'speed-messages': { type: 'string' },
  rounds: { type: 'string' },
  messages: { type: 'string' },
  baseline: { type: 'string' },
} as const;

type Sizes = Pick<Bench, 'messages' | 'baselineMessages' | 'speedMessages' | 'rounds'>;
const FULL: Sizes = { messages: [100_000, 1_000_000], baselineMessages: 100_000, speedMessages: 300_000, rounds: 3 };
const QUICK: Sizes = { messages: [2_000, 6_000], baselineMessages: 2_000, speedMessages: 3_000, rounds: 1 };

interface Values {
  readonly only: readonly string[];
  readonly json: boolean;
  readonly publish: boolean;
  readonly quick: boolean;
  readonly 'speed-messages'?: string;
  readonly rounds?: string;
  readonly messages?: string;
  readonly baseline?: string;
}

function sizesOf(values: Values): Sizes {
  const usual = values.quick ? QUICK : FULL;
  const sizes = values.messages?.split(',').map((text) => integerFlag('messages', text, 1_000, 10_000_000) ?? 0);
  return {
    messages: sizes?.toSorted((a, b) => a - b) ?? usual.messages,
    baselineMessages: integerFlag('baseline', values.baseline, 1_000, 1_000_000) ?? usual.baselineMessages,
    speedMessages: integerFlag('speed-messages', values['speed-messages'], 1_000, 1_000_000) ?? usual.speedMessages,
    rounds: integerFlag('rounds', values.rounds, 1, 99) ?? usual.rounds,
  };
}

function chosen(only: readonly string[]): [name: string, measurement: Measurement][] {
  const names = only.flatMap((value) => value.split(','));
  const unknown = names.find((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown !== undefined) throw new UsageError(`There is no measurement "${unknown}".`);
  const wanted = names.length === 0 ? BY_DEFAULT : names;
  return Object.entries(MEASUREMENTS).filter(([name]) => wanted.includes(name));
}

function reportOf({ headlines = [], markdown, targets }: Finding, about: Readonly<Record<string, string>>): string {
  const rows = targets.map(({ what, measured, bound, holds }) => [what, measured, bound, holds ? 'yes' : 'NO']);
  return [
    ...headlines.map((line) => `- ${line}`),
    ...(headlines.length > 0 ? [''] : []),
    table(Object.keys(about), [Object.values(about)]),
    '',
    markdown,
    '',
    table(['target', 'measured', 'must be', 'holds'], rows),
  ].join('\n');
}

function publish(name: string, report: string, page: string | undefined): void {
  if (page !== undefined) {
    writeFileSync(join(DOCS, page), pageOf(name, report));
    return;
  }
  const document = withSection(existsSync(PUBLISHED) ? readFileSync(PUBLISHED, 'utf8') : '', name, report);
  writeFileSync(PUBLISHED, document);
  writeFileSync(README, withHeadlines(readFileSync(README, 'utf8'), document));
}

async function main(values: Values): Promise<number> {
  const measurements = chosen(values.only);
  if (values.quick && values.publish) throw new UsageError('--quick measures nothing that could be published.');
  const sizes = sizesOf(values);
  const end = new AbortController();
  void interruption().then(({ exitCode }) => {
    end.abort(new Error('interrupted'));
    // Whatever is measured right now ends with this process: the children's stdin closes.
    process.exit(exitCode);
  });
  const say = (text: string): void => void process.stderr.write(`  ${text}\n`);
  mkdirSync(REPORTS, { recursive: true });
  const commit = commitOf(ROOT);
  const json: Record<string, unknown> = {};
  let missed = 0;
  for (const [name, measurement] of measurements) {
    const about = machine(ROOT, commit);
    const finding = await measurement({ ...sizes, quick: values.quick, signal: end.signal, say });
    const report = reportOf(finding, about);
    Object.assign(json, finding.json);
    missed += finding.targets.filter(({ holds }) => !holds).length;
    writeFileSync(join(REPORTS, `bench-${name}.md`), `${report}\n`);
    writeFileSync(join(REPORTS, `bench-${name}.json`), `${JSON.stringify({ about, ...finding }, null, 2)}\n`);
    (values.json ? process.stderr : process.stdout).write(`\n${report}\n`);
    if (values.publish) publish(name, report, finding.page);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(json)}\n`);
  return missed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(parseFlags(HELP, FLAGS));
} catch (error) {
  if (error instanceof UsageError) failUsage(error, HELP);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
