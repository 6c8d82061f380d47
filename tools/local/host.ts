import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import type { Folders } from './folder.ts';
import { HostInstance } from './hostInstance.ts';
import { LocalCloudError } from './logs.ts';
import type { PortName, Ports } from './ports.ts';
import type { GroupName } from './topology.ts';

export interface HostSpec {
  readonly folders: Folders;
  readonly ports: Ports;
  /** The functions' package, built. */
  readonly functions: string;
  readonly env: Environment;
  /** How many instances serve `sendRange`. */
  readonly sendRangeInstances: number;
  readonly nodeArgs: readonly string[];
  readonly restart: boolean;
  /** Told when a process of the host ended without having been told to. */
  readonly onEnd: (what: string) => void;
}

/** What one process of the host is, at the moment of asking. */
export interface InstanceState {
  readonly name: string;
  readonly group: GroupName;
  readonly url: string;
  readonly pid: number | undefined;
  readonly ready: boolean;
  /** How many processes it has had, this one included. */
  readonly starts: number;
  /** Resident memory in bytes; undefined between two processes. */
  readonly rssBytes: number | undefined;
}

/** The ports that a host takes. */
export function hostPortNames(sendRangeInstances: number): PortName[] {
  const sendRange = Array.from({ length: sendRangeInstances }, (_, index): PortName => `hostSendRange${index}`);
  return ['hostApi', 'hostTasks', ...sendRange];
}

function entryOf(functions: string): string {
  const { main } = JSON.parse(readFileSync(join(functions, 'package.json'), 'utf8')) as { main?: string };
  const entry = join(functions, main ?? 'index.js');
  if (!existsSync(entry)) throw new LocalCloudError(`${entry} does not exist: the functions are not built.`);
  return entry;
}

/** The functions served as in production: each group in a process of its own. */
export class Host {
  readonly api: HostInstance;
  readonly tasks: HostInstance;
  readonly sendRange: readonly HostInstance[];

  constructor(spec: HostSpec) {
    const entry = entryOf(spec.functions);
    const { folders, env, nodeArgs, restart, onEnd } = spec;
    const instance = (name: string, group: GroupName, port: PortName) =>
      new HostInstance({ name, group, port: spec.ports.get(port), folders, entry, env, nodeArgs, restart, onEnd });
    this.api = instance('api', 'api', 'hostApi');
    this.tasks = instance('tasks', 'tasks', 'hostTasks');
    this.sendRange = Array.from({ length: spec.sendRangeInstances }, (_, index) =>
      instance(`sendRange-${index}`, 'sendRange', `hostSendRange${index}`),
    );
  }

  get #all(): HostInstance[] {
    return [this.api, this.tasks, ...this.sendRange];
  }

  /** Rejects when one of the instances cannot be started any more; never resolves. */
  get failed(): Promise<never> {
    return Promise.race(this.#all.map((instance) => instance.failed));
  }

  async start(): Promise<void> {
    await Promise.all(this.#all.map((instance) => instance.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((instance) => instance.stop()));
  }

  instances(): InstanceState[] {
    return this.#all.map((instance) => ({
      name: instance.spec.name,
      group: instance.spec.group,
      url: instance.url,
      pid: instance.pid,
      ready: instance.isReady,
      starts: instance.starts,
      rssBytes: instance.rssBytes(),
    }));
  }

  /**
   * Sends a signal to the process of one instance, as an out-of-memory killer or a scale-down does.
   * @throws LocalCloudError when there is no such instance or it has no process
   */
  kill(name: string, signal: NodeJS.Signals): void {
    this.instance(name).kill(signal);
  }

  /**
   * One instance by its name: `api`, `tasks`, `sendRange-0`, …
   * @throws LocalCloudError when there is none
   */
  instance(name: string): HostInstance {
    const found = this.#all.find((instance) => instance.spec.name === name);
    if (found === undefined) throw new LocalCloudError(`The host has no instance called ${name}.`);
    return found;
  }
}
