import { defineInt, defineSecret, defineString, projectID } from 'firebase-functions/params';
import type { Settings } from './ports.ts';

/**
 * Everything that a deployment may set. Values come from `functions/.env*`, from the secret manager for `CALLERS`, and
 * locally from the environment; nothing else in the project reads them.
 */
const region = defineString('REGION', {
  default: 'asia-northeast3',
  description: 'Region of the functions and their queues.',
});
const audience = defineString('AUDIENCE', {
  default: 'bongsu',
  description: 'Name of this deployment: the `aud` that a caller puts into its tokens.',
});
const tasksTarget = defineString('TASKS_TARGET', {
  default: '',
  description: 'URL that task functions are called under; empty for https://REGION-PROJECT.cloudfunctions.net.',
});
const tasksServiceAccount = defineString('TASKS_SERVICE_ACCOUNT', {
  default: '',
  description: 'Service account that Cloud Tasks calls the functions as; empty for the App Engine default account.',
});
const fcmTransport = defineString('FCM_TRANSPORT', {
  default: 'sendEach',
  description: 'How pushes reach FCM: sendEach (firebase-admin) or direct (HTTP/2 sessions of our own).',
});
const fcmDeadlineSeconds = defineInt('FCM_DEADLINE_SECONDS', {
  default: 30,
  description: 'How long one push may go unanswered; FCM asks for 10 s at the least.',
});
const leaseSeconds = defineInt('LEASE_SECONDS', {
  default: 60,
  description: 'A range whose holder has died is taken over after this long.',
});
const recipientsPerRange = defineInt('RECIPIENTS_PER_RANGE', { default: 10_000, description: 'Size of a range.' });
const openRanges = defineInt('OPEN_RANGES', {
  default: 20,
  description: 'Ranges of one campaign that may be sent at once; each wants an instance.',
});
const batchesInFlight = defineInt('BATCHES_IN_FLIGHT', {
  default: 8,
  description: 'Batches of 500 that one instance may have in flight.',
});
const ledgerDays = defineInt('LEDGER_DAYS', { default: 90, description: 'How long outcomes are kept.' });

/** Public keys and scopes of the main servers, JSON; see docs/client.md. */
export const callersSecret = defineSecret('CALLERS');

/** Sizes that deployment needs as numbers; see docs/architecture.md for what they were chosen by. */
export const SEND_RANGE_TIMEOUT_SECONDS = 540;
export const RETRY_TIMEOUT_SECONDS = 120;
/** What is left of a range invocation's time when it begins nothing new: twice the sender's deadline. */
const INVOCATION_RESERVE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface Config {
  readonly projectId: string;
  readonly region: string;
  readonly audience: string;
  readonly callersJson: string;
  readonly tasks: {
    readonly baseUrl: string;
    readonly serviceAccount: string;
    readonly emulatorHost: string | undefined;
  };
  readonly fcm: {
    readonly transport: 'sendEach' | 'direct';
    readonly emulatorHost: string | undefined;
    readonly deadlineMs: number;
  };
  readonly inFlight: { readonly limit: number; readonly slowAfterMs: number; readonly slowLimit: number };
  readonly settings: Settings;
}

/** @throws RangeError that names the parameter, its bounds and its value */
export function readConfig(): Config {
  const projectId = projectID.value();
  const transport = fcmTransport.value();
  if (transport !== 'sendEach' && transport !== 'direct') {
    throw new RangeError(`FCM_TRANSPORT must be sendEach or direct, not "${transport}"`);
  }
  return {
    projectId,
    region: region.value(),
    audience: audience.value(),
    callersJson: callersSecret.value(),
    tasks: {
      baseUrl: tasksTarget.value() || `https://${region.value()}-${projectId}.cloudfunctions.net`,
      serviceAccount: tasksServiceAccount.value() || `${projectId}@appspot.gserviceaccount.com`,
      emulatorHost: process.env['CLOUD_TASKS_EMULATOR_HOST'],
    },
    fcm: {
      transport,
      emulatorHost: process.env['FCM_EMULATOR_HOST'],
      deadlineMs: within('FCM_DEADLINE_SECONDS', fcmDeadlineSeconds.value(), 10, 60) * 1_000,
    },
    inFlight: {
      limit: within('BATCHES_IN_FLIGHT', batchesInFlight.value(), 1, 100),
      slowAfterMs: 2_000,
      slowLimit: 24,
    },
    settings: {
      recipientsPerRange: within('RECIPIENTS_PER_RANGE', recipientsPerRange.value(), 500, 100_000),
      openRanges: within('OPEN_RANGES', openRanges.value(), 1, 150),
      leaseMs: within('LEASE_SECONDS', leaseSeconds.value(), 3, 600) * 1_000,
      invocationMs: SEND_RANGE_TIMEOUT_SECONDS * 1_000 - INVOCATION_RESERVE_MS,
      ledgerTtlMs: within('LEDGER_DAYS', ledgerDays.value(), 1, 3_650) * DAY_MS,
    },
  };
}

function within(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new RangeError(`${name} must be from ${min} to ${max}, not ${value}`);
}
