import { join } from 'node:path';
import { commonEnvironment } from '../../local/functionsSource.ts';
import { BenchChild, has, type Run } from '../child.ts';
import type { LoadResult, LoadSpec } from './spec.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

interface Addresses {
  readonly fcm: string;
  readonly fcmControl: string;
}

/** What FCM does to every message of a run. */
export type Latency = { readonly fixedMs: number } | { readonly p50Ms: number; readonly p99Ms: number };

/** Runs `body` against a simulator of its own on the server's core. */
async function withSimulator<T>(latency: Latency | null, body: (at: Addresses) => Promise<T>): Promise<T> {
  const child = new BenchChild('server', process.execPath, [
    join(ROOT, 'simulators', 'fcm', 'main.ts'),
    '--exit-with-parent',
  ]);
  try {
    const at = JSON.parse(await child.firstLine()) as Addresses;
    if (latency !== null) await putLatency(at.fcmControl, latency);
    return await body(at);
  } finally {
    await child.stop();
  }
}

async function putLatency(control: string, latency: Latency): Promise<void> {
  const body = JSON.stringify({ kind: 'latency', ...latency });
  const response = await fetch(`http://${control}/faults/latency`, { method: 'PUT', body });
  if (!response.ok) throw new Error(`the simulator refused the latency: ${await response.text()}`);
}

/** One run in a process of its own, against a simulator of its own. */
export async function runLoad(latency: Latency | null, spec: Omit<LoadSpec, 'fcm'>): Promise<Run<LoadResult>> {
  return withSimulator(latency, ({ fcm }) => runLoadAt({ ...spec, fcm }));
}

/** One run in a process of its own. */
export async function runLoadAt(spec: LoadSpec): Promise<Run<LoadResult>> {
  const args = [join(import.meta.dirname, 'load.ts'), JSON.stringify(spec)];
  // V8 as it is deployed: its heap's bounds decide speed and memory.
  const child = new BenchChild('load', process.execPath, args, commonEnvironment(join(ROOT, 'functions')));
  try {
    const run = await child.watched<LoadResult>();
    if (run.result.failures > 0) throw new Error(`${spec.way}: ${run.result.failures} messages were not accepted`);
    return run;
  } finally {
    await child.stop();
  }
}

/** Messages per second of processor time. */
export function perCpuSecond({ answers, cpuMs }: LoadResult): number {
  return (answers * 1_000) / cpuMs;
}

export function perSecond({ answers, elapsedMs }: LoadResult): number {
  return (answers * 1_000) / elapsedMs;
}

export interface Ceiling {
  readonly messagesPerSecond: number;
  readonly by: string;
}

const CEILING_MESSAGES = 200_000;

/** What the simulator itself answers, by a client that costs next to nothing. */
export function measureCeiling(): Promise<Ceiling> {
  return withSimulator(null, async ({ fcm }) => {
    if (has('h2load')) return { by: "h2load (Debian's nghttp2-client)", messagesPerSecond: await h2load(fcm) };
    const load = join(ROOT, 'simulators', 'fcm', 'load.ts');
    const child = new BenchChild('load', process.execPath, [load, `--fcm=${fcm}`, `--messages=${CEILING_MESSAGES}`]);
    try {
      const { messagesPerSecond } = JSON.parse(await child.firstLine()) as { messagesPerSecond: number };
      return { by: 'simulators/fcm/load.ts, as h2load is not installed (nghttp2-client)', messagesPerSecond };
    } finally {
      await child.stop();
    }
  });
}

async function h2load(fcm: string): Promise<number> {
  const body = join(import.meta.dirname, 'message.json');
  const options = [`-n${CEILING_MESSAGES}`, '-c4', '-m100', `-d${body}`, '-Hauthorization: Bearer any'];
  const child = new BenchChild('load', 'h2load', [...options, `http://${fcm}/v1/projects/demo-bench/messages:send`]);
  try {
    const output = await child.output();
    const rate = /finished in .*?, ([\d.]+) req\/s/.exec(output)?.[1];
    if (rate === undefined || !output.includes(`${CEILING_MESSAGES} succeeded`)) {
      throw new Error(`h2load did not do what it was asked:\n${output}`);
    }
    return Math.round(Number(rate));
  } finally {
    await child.stop();
  }
}
