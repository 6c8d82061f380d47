import { startLocalCloud, type Host, type LocalCloud } from '../../local/localCloud.ts';
import { localClient } from '../../localClient.ts';
import { commandOf, cpuMs, markedProcesses } from '../../machine/processes.mjs';
import { MARK, ownerFile } from '../../machine/cloudFolder.mjs';
import { lockOwner } from '../../machine/lock.mjs';
import type { BongsuClient } from '../../../client/index.ts';
import { pin } from '../child.ts';

/** Nothing but the sender and the machine shall bound a campaign: see docs/pace.md for what bounds it in production. */
const UNBOUNDED = {
  INSTANCE_PER_SECOND: '50000',
  FCM_PER_MINUTE: '6000000',
  RAMP_SECONDS: '1',
  RAMP_ABOVE: '1000000000',
};

export interface PipelineOptions {
  readonly signal: AbortSignal;
  readonly transport?: 'direct' | 'sendEach';
  /** Instances of `sendRange`. */
  readonly instances?: number;
}

/** What arrived at FCM, by its simulator's account; times in epoch ms. */
export interface FcmAccount {
  readonly posts: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/**
 * A local cloud of its own on the production-like host. While a campaign is measured the sending instance has a core to
 * itself, and everything else, the services and this process, shares the other.
 */
export class PipelineCloud {
  readonly host: Host;
  readonly client: BongsuClient;
  readonly fcm: string;
  readonly failed: Promise<never>;
  readonly #cloud: LocalCloud;
  readonly #control: string;
  readonly #signal: AbortSignal;

  static async start({ signal, transport = 'direct', instances = 1 }: PipelineOptions): Promise<PipelineCloud> {
    const env = { ...UNBOUNDED, FCM_TRANSPORT: transport };
    const host = { sendRangeInstances: instances, env };
    const cloud = await startLocalCloud({ functions: 'host', name: 'bench', signal, host });
    if (cloud.host === null || cloud.endpoints.fcmControl === null) throw new TypeError('the local cloud lacks a part');
    return new PipelineCloud(cloud, cloud.host, cloud.endpoints.fcmControl, signal);
  }

  private constructor(cloud: LocalCloud, host: Host, control: string, signal: AbortSignal) {
    this.#cloud = cloud;
    this.#control = control;
    this.#signal = signal;
    this.host = host;
    this.client = localClient(cloud.endpoints);
    this.fcm = cloud.endpoints.fcm;
    this.failed = cloud.failed;
  }

  /** While recipients are uploaded the sending instance does nothing, and its core helps. */
  prepare(): void {
    for (const pid of this.#others()) pin(pid, ['load', 'server']);
  }

  measure(): void {
    for (const pid of this.#others()) pin(pid, ['server']);
    for (const { pid } of this.host.sendRange) if (pid !== undefined) pin(pid, ['load']);
  }

  async setLatency(fixedMs: number): Promise<void> {
    await this.#ask('DELETE', '/faults');
    if (fixedMs > 0) await this.#ask('PUT', '/faults/latency', { kind: 'latency', fixedMs });
  }

  /** Lets FCM forget what arrived; its latency stays. */
  async resetFcm(): Promise<void> {
    await this.#ask('POST', '/reset', { keepFaults: true });
  }

  async fcmAccount(): Promise<FcmAccount> {
    const report = (await this.#ask('GET', '/report')) as {
      posts: number;
      firstArrivalAt: number | null;
      lastArrivalAt: number | null;
    };
    return { posts: report.posts, firstAtMs: report.firstArrivalAt ?? 0, lastAtMs: report.lastArrivalAt ?? 0 };
  }

  /** Processor time so far by part of the cloud, in ms: `sendRange`, `api`, `tasks`, `firestore`, `fcm`, … */
  cpu(): Map<string, number> {
    const spent = new Map<string, number>();
    const groups = new Map(this.host.instances().map(({ pid, group }) => [pid, group as string]));
    const parts = new Map(this.#cloud.services().map(({ pid, name }) => [pid, name]));
    for (const pid of this.#pids()) {
      const name = groups.get(pid) ?? parts.get(pid) ?? partOf(commandOf(pid));
      spent.set(name, (spent.get(name) ?? 0) + (cpuMs(pid) ?? 0));
    }
    return spent;
  }

  async stop(): Promise<void> {
    pin(process.pid, ['load', 'server']);
    await this.#cloud.stop();
  }

  #pids(): number[] {
    const owner = lockOwner(ownerFile(this.#cloud.folder));
    return typeof owner?.['run'] === 'string' ? [...markedProcesses(MARK, owner['run'])] : [];
  }

  #others(): number[] {
    const sending = new Set(this.host.sendRange.map(({ pid }) => pid));
    return [...this.#pids().filter((pid) => !sending.has(pid)), process.pid];
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`http://${this.#control}${path}`, {
      method,
      signal: this.#signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the FCM simulator answered ${method} ${path} with ${response.status}: ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }
}

/** Of what the emulator suite has started. */
function partOf(command: string): string {
  if (command.includes('firestore')) return 'firestore';
  return command.includes('pubsub') ? 'pubsub' : 'emulators';
}
