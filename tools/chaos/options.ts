import { failUsage, integerFlag, parseFlags, UsageError } from '../args.ts';

/** What a campaign does with a message that FCM may or may not have accepted: `policy.onAmbiguous`. */
export type Policy = 'resend' | 'record';

/** Families of trouble; the first part of each kind's name. */
export const FAMILIES = ['kill', 'stop', 'cut', 'slow', 'pubsub', 'tasks', 'fcm', 'address'] as const;
export type Family = (typeof FAMILIES)[number];

export interface ChaosOptions {
  /** Of all campaigns together. */
  readonly members: number;
  /** For how long trouble is made. */
  readonly forMs: number;
  /** Of the members, and of the trouble. */
  readonly seed: number;
  /** One campaign for each, all at the same time. */
  readonly policies: readonly Policy[];
  /** The trouble that is made. */
  readonly only: ReadonlySet<Family>;
  readonly json: boolean;
}

const POLICIES: Readonly<Record<string, readonly Policy[]>> = {
  resend: ['resend'],
  record: ['record'],
  both: ['resend', 'record'],
};
/** Shorter, some kind of trouble would find nothing to trouble. */
const LEAST_MINUTES = 0.25;
const MOST_MINUTES = 60;

const HELP = `Usage: npm run chaos -- [flags]

Starts the local cloud with the functions in processes of their own, sends one campaign for each policy at the same time
and makes trouble while they run: kills and stops processes, cuts and slows connections, doubles, delays and loses
deliveries, and has FCM answer in every way it can. Then it leaves them alone until they end, and holds what FCM saw and
what the API tells against what the members lead to. Exits with 0 only if every promise was kept and every kind of trouble
was really made.

  --minutes M          for how long trouble is made, ${LEAST_MINUTES} to ${MOST_MINUTES} (default 3); a process is killed every 3 s,
                       or as soon as those killed before are back
  --members N          members, divided among the campaigns (default 100000)
  --policy POLICY      resend, record or both: what becomes of a message that FCM may have accepted (default both)
  --only FAMILY[,…]    trouble of these families alone; may be given several times:
                       ${FAMILIES.join(', ')}
  --seed S             of members and trouble, 0 to 4294967295 (default 1)
  --json               one JSON object as the last line of standard output, everything else on standard error
  --help
`;

/** Ends the process where the command line is wrong, or asks for help. */
export function readOptions(): ChaosOptions {
  const flags = parseFlags(HELP, {
    minutes: { type: 'string' },
    members: { type: 'string' },
    policy: { type: 'string', default: 'both' },
    only: { type: 'string', multiple: true },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  try {
    return {
      members: integerFlag('members', flags.members, 1_000, 10_000_000) ?? 100_000,
      forMs: minutesFlag(flags.minutes ?? '3') * 60_000,
      seed: integerFlag('seed', flags.seed, 0, 2 ** 32 - 1) ?? 1,
      policies: policyFlag(flags.policy),
      only: familiesFlag(flags.only ?? []),
      json: flags.json,
    };
  } catch (error) {
    return failUsage(error, HELP);
  }
}

function minutesFlag(text: string): number {
  const minutes = Number(text);
  if (/^\d*\.?\d+$/.test(text) && minutes >= LEAST_MINUTES && minutes <= MOST_MINUTES) return minutes;
  throw new UsageError(`--minutes takes ${LEAST_MINUTES} to ${MOST_MINUTES}, not "${text}".`);
}

function policyFlag(text: string): readonly Policy[] {
  const policies = Object.hasOwn(POLICIES, text) ? POLICIES[text] : undefined;
  if (policies === undefined) throw new UsageError(`--policy takes resend, record or both, not "${text}".`);
  return policies;
}

function familiesFlag(texts: readonly string[]): ReadonlySet<Family> {
  const names = texts.flatMap((text) => text.split(','));
  const families = FAMILIES.filter((family) => names.includes(family));
  const unknown = names.find((name) => !families.some((family) => family === name));
  if (unknown !== undefined) throw new UsageError(`--only takes ${FAMILIES.join(', ')}, not "${unknown}".`);
  return new Set(names.length === 0 ? FAMILIES : families);
}
