import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failUsage, parseFlags, UsageError } from './args.ts';
import { machine } from './bench/machine.ts';
import { table, type Finding, type Measurement } from './bench/measurement.ts';
import { withSection } from './bench/publication.ts';
import { measureSender } from './bench/sender.ts';
import { interruption } from './interrupt.ts';

const ROOT = dirname(import.meta.dirname);
const REPORTS = join(ROOT, 'reports');
const PUBLISHED = join(ROOT, 'docs', 'performance.md');

const MEASUREMENTS: Readonly<Record<string, Measurement>> = { sender: measureSender };

const HELP = `Usage: npm run bench -- [options]

Measures the product beside what it is held against, in one run, and ends with 1 where a target is missed.
  --only NAME[,NAME]   of: ${Object.keys(MEASUREMENTS).join(', ')}
  --json               one JSON object as the last line of stdout, the tables on stderr
  --publish            also write the tables to docs/performance.md
  --help               print this

Reports go to reports/. Other work on the machine changes rates, and hardly what is measured per core.
`;

const FLAGS = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
  publish: { type: 'boolean', default: false },
} as const;

function chosen(only: readonly string[]): [name: string, measurement: Measurement][] {
  const names = only.flatMap((value) => value.split(','));
  const unknown = names.find((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown !== undefined) throw new UsageError(`There is no measurement "${unknown}".`);
  return Object.entries(MEASUREMENTS).filter(([name]) => names.length === 0 || names.includes(name));
}

function reportOf({ markdown, targets }: Finding, about: Readonly<Record<string, string>>): string {
  const rows = targets.map(({ what, measured, bound, holds }) => [what, measured, bound, holds ? 'yes' : 'NO']);
  return [
    table(Object.keys(about), [Object.values(about)]),
    '',
    markdown,
    '',
    table(['target', 'measured', 'must be', 'holds'], rows),
  ].join('\n');
}

async function main(values: { only: readonly string[]; json: boolean; publish: boolean }): Promise<number> {
  const measurements = chosen(values.only);
  const end = new AbortController();
  void interruption().then(({ exitCode }) => {
    end.abort(new Error('interrupted'));
    // Whatever is measured right now ends with this process: the children's stdin closes.
    process.exit(exitCode);
  });
  const say = (text: string): void => void process.stderr.write(`  ${text}\n`);
  mkdirSync(REPORTS, { recursive: true });
  const json: Record<string, object> = {};
  let missed = 0;
  for (const [name, measurement] of measurements) {
    const about = machine(ROOT);
    const finding = await measurement({ signal: end.signal, say });
    const report = reportOf(finding, about);
    json[name] = finding.json;
    missed += finding.targets.filter(({ holds }) => !holds).length;
    writeFileSync(join(REPORTS, `bench-${name}.md`), `${report}\n`);
    writeFileSync(join(REPORTS, `bench-${name}.json`), `${JSON.stringify({ about, ...finding }, null, 2)}\n`);
    (values.json ? process.stderr : process.stdout).write(`\n${report}\n`);
    const published = existsSync(PUBLISHED) ? readFileSync(PUBLISHED, 'utf8') : '';
    if (values.publish) writeFileSync(PUBLISHED, withSection(published, name, report));
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
