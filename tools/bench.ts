import { failUsage, integerFlag, parseFlags, UsageError } from './args.ts';
import { benchMemory } from './bench/memory/run.ts';
import { interruption } from './interrupt.ts';

const SECTIONS = ['memory'] as const;

const HELP = `Usage: npm run bench -- [flags]

Measures on local clouds of its own, prints a table and what must hold of it; exits with 0 only if all of it does. Times
on a machine that does something else beside are worth nothing; resident memory is.

  --only SECTION     ${SECTIONS.join(', ')} (default all)
  --messages N[,N]   sizes of the personalised campaigns (default 100000,1000000)
  --baseline N       messages of the old server's runs (default 100000)
  --json             one JSON object as the last line of standard output, everything else on standard error
  --help
`;

function readOptions() {
  const flags = parseFlags(HELP, {
    only: { type: 'string' },
    messages: { type: 'string', default: '100000,1000000' },
    baseline: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  try {
    if (flags.only !== undefined && !(SECTIONS as readonly string[]).includes(flags.only)) {
      throw new UsageError(`--only takes ${SECTIONS.join(', ')}, not "${flags.only}".`);
    }
    const sizes = flags.messages.split(',').map((text) => integerFlag('messages', text, 1_000, 10_000_000) ?? 0);
    return {
      sizes: sizes.toSorted((a, b) => a - b),
      baselineMessages: integerFlag('baseline', flags.baseline, 1_000, 1_000_000) ?? 100_000,
      json: flags.json,
    };
  } catch (error) {
    return failUsage(error, HELP);
  }
}

const { json, ...sizes } = readOptions();
const end = new AbortController();
async function endWhenInterrupted(): Promise<void> {
  const { reason, exitCode } = await interruption();
  process.exitCode = exitCode;
  end.abort(new Error(`ended by ${reason}`));
}
void endWhenInterrupted();
const out = json ? process.stderr : process.stdout;
try {
  const { figures, verdicts, table } = await benchMemory({
    ...sizes,
    signal: end.signal,
    say: (text) => process.stderr.write(`${text}\n`),
  });
  out.write(`\n${table}\n\n${verdicts.map(({ what, holds }) => `${holds ? 'ok  ' : 'FAIL'} ${what}\n`).join('')}`);
  if (json) process.stdout.write(`${JSON.stringify({ memory: { ...figures, verdicts } })}\n`);
  process.exitCode = verdicts.every(({ holds }) => holds) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode ||= 1;
}
