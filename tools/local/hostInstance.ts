import { once } from 'node:events';
import { join } from 'node:path';
import { rssBytes } from '../machine/processes.mjs';
import { Child, describeExit } from './child.ts';
import type { Environment } from './environment.ts';
import type { Folders } from './folder.ts';
import { LocalCloudError } from './logs.ts';
import { GROUPS, type GroupName } from './topology.ts';

const READY_LIMIT_MS = 30_000;
const STOP_GRACE_MS = 2_000;
const MAX_FAILED_STARTS = 3;
/** A process that stands still is given requests all the same: Cloud Run cannot tell it from a slow one. */
const NOT_DEADLY: ReadonlySet<NodeJS.Signals> = new Set(['SIGSTOP', 'SIGCONT']);

export interface InstanceSpec {
  /** `api`, `tasks`, `sendRange-0`, … */
  readonly name: string;
  readonly group: GroupName;
  readonly port: number;
  readonly folders: Folders;
  /** The module that exports the functions. */
  readonly entry: string;
  readonly env: Environment;
  readonly nodeArgs: readonly string[];
  /** Whether another process is started at once when this one ends without having been told to. */
  readonly restart: boolean;
  /** Told when a process ended without having been told to. */
  readonly onEnd: (what: string) => void;
}

/** One instance of a group of functions: a process, and after its death the next one on the same port. */
export class HostInstance {
  readonly spec: InstanceSpec;
  /** Rejects when the functions cannot be started any more; never resolves. */
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  #child: Child | undefined;
  #ready: Promise<void> = Promise.resolve();
  #isReady = false;
  #stopping = false;
  #starts = 0;

  constructor(spec: InstanceSpec) {
    this.spec = spec;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.failed = promise;
    this.#fail = reject;
  }

  /** The running process; undefined between two of them. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** How many processes this instance has had. */
  get starts(): number {
    return this.#starts;
  }

  get url(): string {
    return `http://127.0.0.1:${this.spec.port}`;
  }

  /** Resident memory in bytes; undefined between two processes. */
  rssBytes(): number | undefined {
    return this.pid === undefined ? undefined : rssBytes(this.pid);
  }

  /** Resolves when the process that runs, or is being started, takes requests. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Starts a process unless one runs; resolves when it takes requests.
   * @throws LocalCloudError when it fails three times in a row
   */
  start(): Promise<void> {
    if (this.pid === undefined && !this.#stopping) {
      this.#ready = this.#startUntilReady();
      this.#ready.catch(this.#fail);
    }
    return this.#ready;
  }

  async #startUntilReady(): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      const child = this.#spawn();
      try {
        await child.before(once(child.process, 'message'), READY_LIMIT_MS);
      } catch (error) {
        if (this.#stopping) return;
        await child.stop('SIGKILL', 0);
        if (failures >= MAX_FAILED_STARTS) throw error;
        continue;
      }
      this.#isReady = true;
      void child.exited.then((exit) => this.#ended(describeExit(exit)));
      return;
    }
  }

  #spawn(): Child {
    const { spec } = this;
    this.#child = new Child({
      name: `host-${spec.name}`,
      folders: spec.folders,
      args: [
        '--enable-source-maps',
        ...spec.nodeArgs,
        join(import.meta.dirname, 'hostChild.mjs'),
        spec.entry,
        String(spec.port),
        ...GROUPS[spec.group],
      ],
      env: { ...spec.env, K_SERVICE: spec.group, K_REVISION: `${spec.group}-00001`, PORT: String(spec.port) },
      ipc: true,
      appendLog: this.#starts > 0,
    });
    this.#starts += 1;
    return this.#child;
  }

  #ended(how: string): void {
    this.#isReady = false;
    if (this.#stopping) return;
    this.spec.onEnd(`${this.spec.name} ended (${how})`);
    if (this.spec.restart) void this.start().catch(() => undefined);
  }

  /**
   * Sends a signal to the running process, as an out-of-memory killer or a scale-down does.
   * @throws LocalCloudError when none runs
   */
  kill(signal: NodeJS.Signals): void {
    if (this.pid === undefined) throw new LocalCloudError(`${this.spec.name} has no running process.`);
    if (!NOT_DEADLY.has(signal)) this.#isReady = false;
    this.#child?.process.kill(signal);
  }

  /** Ends the process for good. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#isReady = false;
    if (this.#child !== undefined) await this.#child.stop('SIGTERM', STOP_GRACE_MS);
  }
}
