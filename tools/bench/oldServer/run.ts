import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { rssBytes } from '../../machine/processes.mjs';
import { BenchChild, pin } from '../child.ts';
import { Sampler, type Footprint } from '../pipeline/sampler.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** How the old server sent: one `send` after the other, all of them at once, or chunks in worker threads. */
export type OldWay = 'awaited' | 'at-once' | 'multicast';

/** Files that the old server's process may open, where this machine allows as many. */
const OPEN_FILES = 20_000;
/** Longer than it takes where it ends at all: the SDK tries again what it could not open a connection for. */
const LIMIT_MS = 300_000;

export interface OldRun {
  readonly way: OldWay;
  readonly messages: number;
  readonly accepted: number;
  readonly failed: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly footprint: Footprint;
  /** How its process ended, where it did not end well: out of memory, or out of time. */
  readonly died: string | null;
}

interface Addresses {
  readonly fcm: string;
  readonly fcmControl: string;
  readonly fcmTls: string;
}

/** An FCM simulator with TLS, which is how the SDK's `send` speaks. */
export class OldServer {
  readonly #child: BenchChild;
  readonly #at: Addresses;
  readonly #folder = mkdtempSync(join(tmpdir(), 'bongsu-bench-'));

  static async start(latencyMs: number): Promise<OldServer> {
    const program = join(ROOT, 'simulators', 'fcm', 'main.ts');
    const child = new BenchChild('server', process.execPath, [program, '--exit-with-parent', '--tls']);
    const server = new OldServer(child, JSON.parse(await child.firstLine()) as Addresses);
    await server.#prepare(latencyMs);
    return server;
  }

  private constructor(child: BenchChild, at: Addresses) {
    this.#child = child;
    this.#at = at;
  }

  async #prepare(latencyMs: number): Promise<void> {
    const { fcmControl } = this.#at;
    const certificate = await fetch(`http://${fcmControl}/certificate`);
    writeFileSync(this.#certificate, await certificate.text());
    if (latencyMs === 0) return;
    const body = JSON.stringify({ kind: 'latency', fixedMs: latencyMs });
    await fetch(`http://${fcmControl}/faults/latency`, { method: 'PUT', body });
  }

  get #certificate(): string {
    return join(this.#folder, 'certificate.pem');
  }

  async run(way: OldWay, messages: number, signal: AbortSignal): Promise<OldRun> {
    const args = {
      fcm: this.#at.fcm,
      tls: this.#at.fcmTls,
      certificate: this.#certificate,
      messages: String(messages),
      way,
    };
    const flags = Object.entries(args).map(([name, value]) => `--${name}=${value}`);
    const command = `ulimit -n ${OPEN_FILES} 2>/dev/null; exec "$0" "$@"`;
    const program = join(import.meta.dirname, 'main.ts');
    const child = spawn('sh', ['-c', command, process.execPath, program, ...flags], {
      stdio: ['ignore', 'pipe', 'ignore'],
      signal,
    });
    const { pid = 0 } = child;
    pin(pid, ['load']);
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    const sampler = new Sampler(() => [{ name: way, rssBytes: rssBytes(pid) }]);
    const [output, [code, ended]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    clearTimeout(limit);
    const run = { way, messages, footprint: sampler.stop() };
    if (code !== 0) {
      const died = `ended with ${code ?? ended}`;
      return { ...run, accepted: 0, failed: messages, seconds: 0, perSecond: 0, cpuMs: 0, died };
    }
    const told = JSON.parse(output) as Pick<OldRun, 'accepted' | 'failed' | 'seconds' | 'cpuMs'>;
    return { ...run, ...told, perSecond: told.accepted / told.seconds, died: null };
  }

  async stop(): Promise<void> {
    await this.#child.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
