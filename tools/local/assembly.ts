import { join } from 'node:path';
import { createDeadLetters, pubsubClient } from './bridge.ts';
import { createCaller } from './caller.ts';
import { describeExit, type Child } from './child.ts';
import { declaredParams, fillParams } from './declaredParams.ts';
import { startEmulatorSuite } from './emulatorSuite.ts';
import { endpointsOf, functionsUrl, scheduledUrl, servicesOf, type Endpoints } from './endpoints.ts';
import { functionsEnvironment, parameters, type Services } from './environment.ts';
import { writeWhole, type Folders } from './folder.ts';
import { commonEnvironment, linkFunctions } from './functionsSource.ts';
import { Host, hostPortNames } from './host.ts';
import { startBridges } from './hostEvents.ts';
import { errorLog, LocalCloudError } from './logs.ts';
import {
  functionsFolder,
  HOST_DEFAULTS,
  REPOSITORY,
  sampleFolder,
  type HostOptions,
  type LocalCloudOptions,
} from './options.ts';
import { allocatePorts, machineOf, type PortName, type Ports } from './ports.ts';
import { startFcm, startTasks } from './simulators.ts';
import { startTicker, tick } from './ticker.ts';
import { PROJECT, REGION, SCHEDULED } from './topology.ts';

const DEFAULT_TICK_MS = 60_000;
const STOP_GRACE_MS = 10_000;

/** A process of the cloud; `pid` is undefined once it is gone. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number | undefined;
}

interface Parts {
  readonly endpoints: Endpoints;
  readonly host: Host | null;
  readonly failed: Promise<never>;
  readonly services: () => readonly ServiceProcess[];
  readonly stop: () => Promise<void>;
}

/** What every step of the assembly knows. */
interface Site {
  readonly options: LocalCloudOptions & { readonly project: string };
  readonly folders: Folders;
  readonly ports: Ports;
  readonly services: Services;
  readonly tasksTarget: string;
  readonly callers: string;
  /** What was started, to be stopped in the opposite order. */
  readonly started: AsyncDisposableStack;
  /** The processes without which the cloud is none. */
  readonly children: Child[];
}

function portNames({ functions, fcm, host }: LocalCloudOptions): PortName[] {
  return [
    ...(functions === 'emulator' ? (['functions', 'eventarc', 'firebaseTasks'] as const) : []),
    ...(['firestore', 'firestoreWebsocket', 'pubsub', 'hub', 'logging', 'tasks', 'tasksControl'] as const),
    ...(fcm === undefined ? (['fcm', 'fcmControl'] as const) : []),
    ...(functions === 'host' ? hostPortNames(host?.sendRangeInstances ?? HOST_DEFAULTS.sendRangeInstances) : []),
  ];
}

function keep(site: Site, child: Child): void {
  site.children.push(child);
  site.started.defer(() => child.stop('SIGTERM', STOP_GRACE_MS));
}

/** @returns the folder that the functions emulator shall serve; undefined when it does not run */
async function prepareFunctions({ options, folders, ...site }: Site): Promise<string | undefined> {
  if (options.functions !== 'emulator') return undefined;
  // The emulator does not notice changes below a folder whose name begins with a dot, as the cloud's own does.
  const linked = join(folders.scratch, 'functions');
  const functions = functionsFolder(options.project);
  const declared = await declaredParams(functions, join(folders.scratch, 'manifest.json'));
  const values = fillParams(declared, parameters(site.services, site.tasksTarget), process.env);
  linkFunctions(functions, linked, values, site.callers);
  return linked;
}

async function startSuite(site: Site): Promise<void> {
  const { options, folders, ports } = site;
  const linked = await prepareFunctions(site);
  const { child, ready } = startEmulatorSuite({
    project: options.project,
    folders,
    ports,
    functionsFolder: linked,
    importFolder: sampleFolder(options.project, options.sample),
    env: { GCLOUD_PROJECT: PROJECT, GOOGLE_CLOUD_PROJECT: PROJECT },
  });
  keep(site, child);
  await ready;
}

function startSimulators(site: Site): Promise<unknown> {
  const { folders, ports, options } = site;
  const pair = (port: PortName, controlPort: PortName) => ({
    root: REPOSITORY,
    folders,
    port: ports.get(port),
    controlPort: ports.get(controlPort),
  });
  const simulators = [startTasks(pair('tasks', 'tasksControl'))];
  if (options.fcm === undefined) simulators.push(startFcm(pair('fcm', 'fcmControl'), options.keepContent ?? false));
  for (const { child } of simulators) keep(site, child);
  return Promise.all(simulators.map(({ ready }) => ready));
}

function makeHost(site: Site, settings: HostOptions): Host {
  const functions = functionsFolder(site.options.project);
  const env = functionsEnvironment(site.services, site.tasksTarget, site.callers);
  const host = new Host({
    folders: site.folders,
    ports: site.ports,
    functions,
    env: { ...commonEnvironment(functions), ...env, ...settings.env },
    sendRangeInstances: settings.sendRangeInstances,
    nodeArgs: settings.nodeArgs,
    restart: settings.restart,
    onEnd: errorLog(join(site.folders.logs, 'host.log')),
  });
  site.started.defer(() => host.stop());
  return host;
}

async function connectEvents(site: Site, host: Host | null, settings: HostOptions): Promise<void> {
  const pubsub = pubsubClient(site.services.pubsub);
  site.started.defer(() => pubsub.close());
  await createDeadLetters(pubsub);
  if (host === null) return;
  const bridge = await startBridges(pubsub, host, settings, errorLog(join(site.folders.logs, 'bridge.log')));
  site.started.defer(() => bridge.stop());
}

function startSchedule(site: Site): void {
  const call = async (signal: AbortSignal) => {
    for (const name of SCHEDULED) {
      const url = scheduledUrl(site.options.functions, site.ports, name);
      const status = await tick(url, name, REGION, signal);
      if (status >= 300) throw new Error(`${name} answered ${status}.`);
    }
  };
  const onError = errorLog(join(site.folders.logs, 'ticker.log'));
  const ticker = startTicker(site.options.tickMs ?? DEFAULT_TICK_MS, call, onError);
  site.started.defer(() => ticker.stop());
}

function firstFailure({ children }: Site, host: Host | null): Promise<never> {
  const ended = children.map(async (child): Promise<never> => {
    const exit = await child.exited;
    throw new LocalCloudError(`${child.name} ended by itself (${describeExit(exit)}).`, { logFile: child.logFile });
  });
  const failed = Promise.race(host === null ? ended : [...ended, host.failed]);
  failed.catch(() => undefined);
  return failed;
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Starts all parts of a local cloud at the same time, then connects them, and writes endpoints.json when everything is
 * ready. What was started is stopped when something fails.
 */
export async function startCloud(options: Site['options'], folders: Folders): Promise<Parts> {
  await using started = new AsyncDisposableStack();
  const settings = { ...HOST_DEFAULTS, ...options.host };
  const progress = options.progress ?? (() => undefined);
  const ports = await allocatePorts(portNames(options), options.portBase, machineOf(folders.run));
  const services = servicesOf(ports, options.fcm);
  const { caller, callers } = createCaller(folders.cloud);
  const tasksTarget = functionsUrl(options.functions, ports, 'hostTasks');
  const site: Site = { options, folders, ports, services, tasksTarget, callers, started, children: [] };

  progress('starting the emulators, the simulators and the functions');
  const host = options.functions === 'host' ? makeHost(site, settings) : null;
  await unlessAborted(Promise.all([startSuite(site), startSimulators(site), host?.start()]), options.signal);
  await connectEvents(site, host, settings);
  startSchedule(site);

  const endpoints = endpointsOf(options.functions, ports, services, options.fcm === undefined, caller);
  writeWhole(join(folders.cloud, 'endpoints.json'), `${JSON.stringify(endpoints, null, 2)}\n`);
  const running = started.move();
  return {
    endpoints,
    host,
    failed: firstFailure(site, host),
    services: () => site.children.map(({ name, pid }) => ({ name, pid })),
    stop: () => running.disposeAsync(),
  };
}
