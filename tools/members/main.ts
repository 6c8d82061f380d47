import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Member } from '../../client/index.ts';
import { failUsage, integerFlag, parseFlags, UsageError } from '../args.ts';
import { Expecting } from './expectation.ts';
import { DEFAULT_FAULTS, FAULTS, withFaults } from './faults.ts';
import { generateMembers } from './generate.ts';
import { DEFAULT_PROFILE, type Profile } from './member.ts';

const HELP = `Usage: node tools/members/main.ts [flags]

Writes sample members as NDJSON, one member a line, as PUT /v1/members takes them. The same flags give the same file.

  --members N          members that exist (default 1000)
  --seed S             0 to 4294967295 (default 1)
  --from N             first member number (default 1)
  --gaps SHARE         share of member numbers that nobody has, 0 to 0.9 (default ${DEFAULT_PROFILE.gaps})
  --fault NAME=SHARE   share of addresses at which the FCM simulator misbehaves; may be given several times:
                       ${Object.keys(FAULTS).join(', ')}
                       (default ${Object.entries(DEFAULT_FAULTS)
                         .map(([name, share]) => `${name}=${share}`)
                         .join(' ')})
  --kind KIND          marketing or transactional (default marketing), for --expect
  --expect FILE        writes what such a campaign to all of them must come to, as JSON; for marketing, when no
                       recipient has night
  --out FILE           where the members go (default -, standard output)
  --help
`;

const flags = parseFlags(HELP, {
  members: { type: 'string' },
  seed: { type: 'string' },
  from: { type: 'string' },
  gaps: { type: 'string' },
  fault: { type: 'string', multiple: true },
  kind: { type: 'string', default: 'marketing' },
  expect: { type: 'string' },
  out: { type: 'string', default: '-' },
});

const { sample, kind } = read();
const expecting = new Expecting(kind);
const target = flags.out === '-' ? process.stdout : createWriteStream(flags.out);
try {
  await pipeline(linesOf(expecting.through(generateMembers(sample))), target);
} catch (error) {
  // Whoever reads has enough: `… | head` is no failure.
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
if (flags.expect !== undefined) await writeFile(flags.expect, `${JSON.stringify(expecting.result(), null, 2)}\n`);

function* linesOf(members: Iterable<Member>): Generator<string> {
  for (const member of members) yield `${JSON.stringify(member)}\n`;
}

function read() {
  try {
    const { kind } = flags;
    if (kind !== 'marketing' && kind !== 'transactional') {
      throw new UsageError(`--kind takes marketing or transactional, not "${kind}".`);
    }
    const profile: Profile = {
      ...DEFAULT_PROFILE,
      gaps: shareFlag('gaps', flags.gaps, 0.9) ?? DEFAULT_PROFILE.gaps,
      faults: withFaults(DEFAULT_FAULTS, flags.fault ?? []),
    };
    return {
      kind,
      sample: {
        members: integerFlag('members', flags.members, 0, Number.MAX_SAFE_INTEGER) ?? 1_000,
        seed: integerFlag('seed', flags.seed, 0, 2 ** 32 - 1) ?? 1,
        from: integerFlag('from', flags.from, 1, Number.MAX_SAFE_INTEGER) ?? 1,
        profile,
      },
    } as const;
  } catch (error) {
    return failUsage(error, HELP);
  }
}

function shareFlag(name: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const share = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || share > max) throw new UsageError(`--${name} takes 0 to ${max}, not "${text}".`);
  return share;
}
