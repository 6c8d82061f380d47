import type { Caller } from './caller.ts';
import type { Services } from './environment.ts';
import type { FunctionsMode } from './options.ts';
import type { PortName, Ports } from './ports.ts';
import { PROJECT, REGION } from './topology.ts';

/**
 * What an outside program needs to act as the main server and to watch what happens; the content of endpoints.json.
 * Addresses are `host:port`.
 */
export interface Endpoints {
  readonly project: string;
  readonly functions: FunctionsMode;
  /** Base URL of the API: `${api}/v1/health`. */
  readonly api: string;
  readonly console: null;
  readonly fcm: string;
  /** null when somebody else's FCM server is used. */
  readonly fcmControl: string | null;
  readonly tasks: string;
  readonly tasksControl: string;
  readonly firestore: string;
  readonly pubsub: string;
  readonly caller: Caller;
}

const HOST = '127.0.0.1';

function address(ports: Ports, name: PortName): string {
  return `${HOST}:${ports.get(name)}`;
}

/** Where the services of a local cloud are. @param fcm somebody else's FCM server, if that is to be used */
export function servicesOf(ports: Ports, fcm: string | undefined): Services {
  return {
    firestore: address(ports, 'firestore'),
    pubsub: address(ports, 'pubsub'),
    tasks: address(ports, 'tasks'),
    fcm: fcm ?? address(ports, 'fcm'),
  };
}

/** The URL whose `/<name>` is the function called `name`, for each mode. */
export function functionsUrl(mode: FunctionsMode, ports: Ports, host: 'hostApi' | 'hostTasks'): string {
  return mode === 'host'
    ? `http://${address(ports, host)}`
    : `http://${address(ports, 'functions')}/${PROJECT}/${REGION}`;
}

/**
 * Where a scheduled function is called. The functions emulator serves it under the key of its trigger, which is its name
 * and the number of times that extensions made the emulator load all triggers anew; there are none here.
 */
export function scheduledUrl(mode: FunctionsMode, ports: Ports, name: string): string {
  return `${functionsUrl(mode, ports, 'hostTasks')}/${mode === 'host' ? name : `${name}-0`}`;
}

/** The endpoints of a local cloud once everything runs. */
export function endpointsOf(
  mode: FunctionsMode,
  ports: Ports,
  services: Services,
  ownFcm: boolean,
  caller: Caller,
): Endpoints {
  return {
    project: PROJECT,
    functions: mode,
    api: `${functionsUrl(mode, ports, 'hostApi')}/api`,
    console: null,
    fcm: services.fcm,
    fcmControl: ownFcm ? address(ports, 'fcmControl') : null,
    tasks: services.tasks,
    tasksControl: address(ports, 'tasksControl'),
    firestore: services.firestore,
    pubsub: services.pubsub,
    caller,
  };
}
