import { defineInt, defineSecret, defineString, projectID } from 'firebase-functions/params';
import { PRICE_REGIONS, type PriceRegion } from './contract/operations.ts';
import type { Settings } from './ports.ts';

/**
 * Everything that a deployment may set. Values come from `functions/.env*`, from the secret manager for `CALLERS`, and
 * locally from the environment; nothing else in the project reads them.
 */
const region = text('REGION', 'asia-northeast3', 'Region of the functions and their queues.');
const audience = text('AUDIENCE', 'bongsu', 'Name of this deployment: the `aud` that a caller puts into its tokens.');
const tasksTarget = text(
  'TASKS_TARGET',
  '',
  'URL that task functions are called under; empty for https://REGION-PROJECT.cloudfunctions.net.',
);
const tasksServiceAccount = text(
  'TASKS_SERVICE_ACCOUNT',
  '',
  "Service account that Cloud Tasks calls the functions as; empty for the functions' own.",
);
const fcmTransport = text(
  'FCM_TRANSPORT',
  'direct',
  'How pushes reach FCM: direct (HTTP/2 connections of our own) or sendEach (firebase-admin).',
);
const fcmDeadlineSeconds = whole(
  'FCM_DEADLINE_SECONDS',
  { fallback: 30, min: 10, max: 60 },
  'How long one push may go unanswered; FCM asks for 10 s at the least.',
);
const fcmPerMinute = whole(
  'FCM_PER_MINUTE',
  { fallback: 600_000, min: 60, max: 6_000_000 },
  'Messages that may reach FCM in a minute, from all campaigns together: the quota of the Firebase project.',
);
const rampSeconds = whole(
  'RAMP_SECONDS',
  { fallback: 60, min: 1, max: 3_600 },
  'A large campaign takes this long from no rate at all to its full one; FCM asks for 60 s.',
);
const rampAbove = whole(
  'RAMP_ABOVE',
  { fallback: 120_000, min: 1, max: 1_000_000_000 },
  'Campaigns to more recipients than this are large.',
);
const leaseSeconds = whole(
  'LEASE_SECONDS',
  { fallback: 60, min: 3, max: 600 },
  'A range whose holder has died is taken over after this long.',
);
const recipientsPerRange = whole(
  'RECIPIENTS_PER_RANGE',
  { fallback: 12_000, min: 500, max: 100_000 },
  'Size of a range: the unit of fan-out. Each takes one Pub/Sub message, and less than one for 10,000 recipients is aimed at.',
);
const pushesPerBatch = whole(
  'PUSHES_PER_BATCH',
  { fallback: 500, min: 10, max: 500 },
  'Pushes claimed and sent at once: fewer cost more writes, and fewer are in doubt when an instance dies.',
);
const openRanges = whole(
  'OPEN_RANGES',
  { fallback: 20, min: 1, max: 150 },
  'Ranges of one campaign that may be sent at once; each wants an instance.',
);
const instancePerSecond = whole(
  'INSTANCE_PER_SECOND',
  { fallback: 10_000, min: 10, max: 50_000 },
  'Messages per second that one instance is to reach; it takes no more in flight than that needs.',
);
const messagesInFlight = whole(
  'MESSAGES_IN_FLIGHT',
  { fallback: 8_000, min: 500, max: 50_000 },
  'Messages that one instance may have in flight at the most; its connections carry 8,000.',
);
const ledgerDays = whole('LEDGER_DAYS', { fallback: 90, min: 1, max: 3_650 }, 'How long outcomes are kept.');
const recipientDays = whole(
  'RECIPIENT_DAYS',
  { fallback: 30, min: 2, max: 400 },
  'Uploaded recipients that no campaign took away before are deleted after this time.',
);
const addressGraceDays = whole(
  'ADDRESS_GRACE_DAYS',
  { fallback: 30, min: 1, max: 365 },
  'An address that FCM called dead is kept this long, unused, before it is forgotten.',
);
const frequencyCapPerDay = whole(
  'FREQUENCY_CAP_PER_DAY',
  { fallback: 0, min: 0, max: 100 },
  'Marketing campaigns that may write to one member on one day; 0 for any number.',
);
const frequencyCapPerWeek = whole(
  'FREQUENCY_CAP_PER_WEEK',
  { fallback: 0, min: 0, max: 100 },
  'Marketing campaigns that may write to one member on seven days; 0 for any number.',
);
const quarantineMaxPercent = whole(
  'QUARANTINE_MAX_PERCENT',
  { fallback: 20, min: 1, max: 100 },
  'Where FCM calls a larger share of a campaign dead, it is not believed, and no address is put aside.',
);

const priceRegion = text(
  'PRICE_REGION',
  'asia-northeast3',
  `Whose list prices costs are told at: ${PRICE_REGIONS.join(' or ')}.`,
);
const country = text(
  'COUNTRY',
  'KR',
  'Whose rules for advertising hold; see core/adRules.ts for those that are known.',
);

/** Public keys and scopes of the main servers, JSON; see docs/client.md. */
export const callersSecret = defineSecret('CALLERS');

/**
 * Who may reach the API at all: `public` (whoever holds a signed token), or service accounts that Cloud Run lets through
 * before the token is looked at. Read when the functions are deployed.
 */
export const API_INVOKER = process.env['API_INVOKER'] ?? 'public';

/** Sizes that deployment needs as numbers; see docs/architecture.md for what they were chosen by. */
export const SEND_RANGE_TIMEOUT_SECONDS = 540;
/** Few ranges at a time for an instance: while one waits for addresses that hang, others use its places. */
export const SEND_RANGE_CONCURRENCY = 3;
export const RETRY_TIMEOUT_SECONDS = 120;
/** Memory of every function; what is in flight is bounded by it. */
export const INSTANCE_MEMORY_MIB = 512;
const MIB = 1_048_576;
const MIB_PER_GIB = 1_024;
/** What firebase-functions asks for where a function of up to 2 GiB does not say (its `cpu` option). */
const INSTANCE_VCPUS = 1;
/** What is left of a range invocation's time when it begins nothing new: twice the sender's deadline. */
const INVOCATION_RESERVE_MS = 60_000;
const FCM_HOST = 'fcm.googleapis.com';
const DAY_MS = 86_400_000;
/** The Cloud Tasks simulator signs for anybody. */
const LOCAL_ACCOUNT = 'tasks@localhost.invalid';

export interface Config {
  readonly projectId: string;
  readonly region: string;
  readonly audience: string;
  readonly callersJson: string;
  readonly tasks: {
    readonly baseUrl: string;
    readonly serviceAccount: string | null;
    readonly emulatorHost: string | undefined;
  };
  readonly fcm: {
    readonly transport: 'sendEach' | 'direct';
    readonly emulatorHost: string | undefined;
    readonly deadlineMs: number;
    readonly proxyUrl: string | undefined;
  };
  readonly inFlight: { readonly perSecond: number; readonly most: number; readonly memoryBytes: number };
  readonly settings: Settings;
}

/** @throws RangeError that names the parameter, its bounds and its value */
export function readConfig(): Config {
  const projectId = projectID.value();
  const tasksEmulatorHost = process.env['CLOUD_TASKS_EMULATOR_HOST'];
  const transport = fcmTransport();
  if (transport !== 'sendEach' && transport !== 'direct') {
    throw new RangeError(`FCM_TRANSPORT must be sendEach or direct, not "${transport}"`);
  }
  return {
    projectId,
    region: region(),
    audience: audience(),
    callersJson: callersSecret.value(),
    tasks: {
      baseUrl: tasksTarget() || `https://${region()}-${projectId}.cloudfunctions.net`,
      serviceAccount: tasksServiceAccount() || (tasksEmulatorHost === undefined ? null : LOCAL_ACCOUNT),
      emulatorHost: tasksEmulatorHost,
    },
    fcm: {
      transport,
      emulatorHost: process.env['FCM_EMULATOR_HOST'],
      deadlineMs: fcmDeadlineSeconds() * 1_000,
      proxyUrl: proxyTo(FCM_HOST),
    },
    inFlight: {
      perSecond: instancePerSecond(),
      most: messagesInFlight(),
      memoryBytes: INSTANCE_MEMORY_MIB * MIB,
    },
    settings: {
      recipientsPerRange: recipientsPerRange(),
      pushesPerBatch: pushesPerBatch(),
      openRanges: openRanges(),
      leaseMs: leaseSeconds() * 1_000,
      fcmPerMinute: fcmPerMinute(),
      rampMs: rampSeconds() * 1_000,
      rampAbove: rampAbove(),
      invocationMs: SEND_RANGE_TIMEOUT_SECONDS * 1_000 - INVOCATION_RESERVE_MS,
      ledgerTtlMs: ledgerDays() * DAY_MS,
      country: knownCountry(),
      frequencyCap: { perDay: frequencyCapPerDay() || Infinity, perWeek: frequencyCapPerWeek() || Infinity },
      addressGraceMs: addressGraceDays() * DAY_MS,
      quarantineShare: quarantineMaxPercent() / 100,
      recipientTtlMs: recipientDays() * DAY_MS,
      instancePerSecond: instancePerSecond(),
      rangesPerInstance: SEND_RANGE_CONCURRENCY,
      billing: { prices: knownPrices(), vcpus: INSTANCE_VCPUS, memoryGib: INSTANCE_MEMORY_MIB / MIB_PER_GIB },
    },
  };
}

function knownCountry(): Settings['country'] {
  const name = country();
  if (name !== 'KR') throw new RangeError(`COUNTRY must be KR, not "${name}"`);
  return name;
}

function knownPrices(): PriceRegion {
  const name = priceRegion();
  const known = PRICE_REGIONS.find((region) => region === name);
  if (known !== undefined) return known;
  throw new RangeError(`PRICE_REGION must be ${PRICE_REGIONS.join(' or ')}, not "${name}"`);
}

/** The proxy for a host, as curl and most HTTP clients take it from the environment. */
function proxyTo(host: string): string | undefined {
  const proxy = process.env['HTTPS_PROXY'] ?? process.env['https_proxy'] ?? '';
  const except = (process.env['NO_PROXY'] ?? process.env['no_proxy'] ?? '').split(',').map((name) => name.trim());
  const direct = except.some((name) => name === '*' || host === name || host.endsWith(`.${name.replace(/^\./, '')}`));
  return proxy === '' || direct ? undefined : proxy;
}

/** Outside a deployment a parameter that is not set reads as empty, whatever its default is; so that is given here. */
function text(name: string, fallback: string, description: string): () => string {
  const param = defineString(name, { default: fallback, description });
  return () => param.value() || fallback;
}

function whole(
  name: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
  description: string,
): () => number {
  const param = defineInt(name, { default: fallback, description: `${description} From ${min} to ${max}.` });
  return () => {
    const value = param.value() || fallback;
    if (value >= min && value <= max) return value;
    throw new RangeError(`${name} must be from ${min} to ${max}, not ${value}`);
  };
}
