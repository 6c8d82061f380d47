import { addressFlag, failUsage, integerFlag, parseFlags, UsageError } from '../args.ts';
import type { Kind } from '../members/expectation.ts';
import { DEFAULT_FAULTS, FAULTS, withFaults } from '../members/faults.ts';
import { DEFAULT_PROFILE, type Profile } from '../members/member.ts';

export interface DemoOptions {
  readonly members: number;
  /** Messages of the personalised campaign; 0 for none. */
  readonly recipients: number;
  readonly seed: number;
  readonly kind: Kind;
  readonly profile: Profile;
  /** `host:port` of an FCM server to use in place of the simulator. */
  readonly fcm: string | undefined;
  readonly json: boolean;
  readonly keep: boolean;
}

/** Whoever wants advertising wants it at night too, so that the demo comes to the same at any hour, in any zone. */
const AT_ANY_HOUR = { nightGranted: 1, nightRefused: 0 };

const HELP = `Usage: npm run demo -- [flags]

Starts the local cloud, stores sample members, sends one campaign to all of them, then one in which every message is
different, and says what became of each message. Exits with 0 only if both ended as they must: every message has one
outcome, nobody was sent to twice, FCM's account and the pipeline's agree, the numbers are those that the sample leads
to, and every device shows its own title and body.

  --members N          members that exist (default 100000)
  --recipients N       personalised messages, 0 for none (default as many as members, 100000 at most)
  --seed S             of the sample, 0 to 4294967295 (default 1)
  --kind KIND          marketing (needs consent) or transactional (default marketing)
  --fault NAME=SHARE   share of addresses at which the FCM simulator misbehaves; may be given several times:
                       ${Object.keys(FAULTS).join(', ')}
  --fcm HOST:PORT      another FCM server in place of the simulator; what it got is then not checked
  --json               one JSON object as the last line of standard output, everything else on standard error
  --keep               leaves everything running afterwards, until Ctrl-C
  --help
`;

/** Ends the process where the command line is wrong, or asks for help. */
export function readOptions(): DemoOptions {
  const flags = parseFlags(HELP, {
    members: { type: 'string' },
    recipients: { type: 'string' },
    seed: { type: 'string' },
    kind: { type: 'string', default: 'marketing' },
    fault: { type: 'string', multiple: true },
    fcm: { type: 'string' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  });
  try {
    const members = integerFlag('members', flags.members, 1, 1_000_000_000) ?? 100_000;
    return {
      members,
      recipients: integerFlag('recipients', flags.recipients, 0, 1_000_000) ?? Math.min(members, 100_000),
      seed: integerFlag('seed', flags.seed, 0, 2 ** 32 - 1) ?? 1,
      kind: kindFlag(flags.kind),
      profile: { ...DEFAULT_PROFILE, ...AT_ANY_HOUR, faults: withFaults(DEFAULT_FAULTS, flags.fault ?? []) },
      fcm: addressFlag('fcm', flags.fcm),
      json: flags.json,
      keep: flags.keep,
    };
  } catch (error) {
    return failUsage(error, HELP);
  }
}

function kindFlag(text: string): Kind {
  if (text === 'marketing' || text === 'transactional') return text;
  throw new UsageError(`--kind takes marketing or transactional, not "${text}".`);
}
