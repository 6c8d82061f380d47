import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Deliver, RetryBackoff } from './bridge.ts';
import { LocalCloudError } from './logs.ts';

/** The repository this file is in. */
export const REPOSITORY = dirname(dirname(import.meta.dirname));

/** `emulator`: Firebase's functions emulator. `host`: the production-like host. */
export type FunctionsMode = 'emulator' | 'host';

export interface LocalCloudOptions {
  readonly functions: FunctionsMode;
  /** The folder with firebase.json; the cloud's own folder is made in it. Default: this repository. */
  readonly project?: string;
  /** Lets several local clouds run in one project: the folder is `.local-<name>` in place of `.local`. */
  readonly name?: string;
  /** First of a run of ports that have to be free. Default: known ports when free, else any. */
  readonly portBase?: number;
  /** `host:port` of an FCM server to use in place of the simulator; cleartext HTTP/2. */
  readonly fcm?: string;
  /** Whether the FCM simulator keeps the texts that devices show, and not their hashes alone. Default false. */
  readonly keepContent?: boolean;
  /** Whether the project's `emulator-data` is loaded when it holds an export. Default false. */
  readonly sample?: boolean;
  /** Between two calls of the scheduled functions, in ms. Default 60,000. */
  readonly tickMs?: number;
  /** Settings of the production-like host; unused in `emulator` mode. */
  readonly host?: Partial<HostOptions>;
  /** Gives up starting. A cloud that has started is ended with `stop`. */
  readonly signal?: AbortSignal;
  /** Told in a few words what is going on. */
  readonly progress?: (text: string) => void;
}

export interface HostOptions {
  /** How many processes serve `sendRange`. Default 2. */
  readonly sendRangeInstances: number;
  /** Requests at a time for each of them. Default 3, as sendRange is deployed. */
  readonly sendRangeConcurrency: number;
  /** A `sendRange` request is cut off and its message delivered again after this time, in ms. Default 540,000. */
  readonly requestLimitMs: number;
  /** Whether a process that ended is replaced at once. Default true. */
  readonly restart: boolean;
  /** Further arguments of Node for the functions' processes, such as `--max-old-space-size=256`. Default none. */
  readonly nodeArgs: readonly string[];
  /** Further environment variables for the functions. They win. Default none. */
  readonly env: Readonly<Record<string, string>>;
  /** Between deliveries of the same message. Default 1 s to 60 s; Eventarc's own is 10 s to 600 s. */
  readonly retryBackoff: RetryBackoff;
  /** Put around every delivery; may delay, repeat or refuse it. Default: nothing. */
  readonly wrapDelivery: (deliver: Deliver) => Deliver;
}

export const HOST_DEFAULTS: HostOptions = {
  sendRangeInstances: 2,
  sendRangeConcurrency: 3,
  requestLimitMs: 540_000,
  restart: true,
  nodeArgs: [],
  env: {},
  retryBackoff: { minimumSeconds: 1, maximumSeconds: 60 },
  wrapDelivery: (deliver) => deliver,
};

/** The folder of the functions that the project's firebase.json names. */
export function functionsFolder(project: string): string {
  const { functions } = JSON.parse(readFileSync(join(project, 'firebase.json'), 'utf8')) as {
    functions?: readonly { source?: string }[];
  };
  const source = functions?.[0]?.source;
  if (source === undefined) throw new LocalCloudError(`${join(project, 'firebase.json')} names no functions.`);
  return join(project, source);
}

/** The Firestore export to load; undefined when it was not asked for or there is none. */
export function sampleFolder(project: string, wanted: boolean | undefined): string | undefined {
  const folder = join(project, 'emulator-data');
  return wanted === true && existsSync(join(folder, 'firebase-export-metadata.json')) ? folder : undefined;
}
