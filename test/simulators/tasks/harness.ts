import { CloudTasksClient, type protos } from '@google-cloud/tasks';
import { credentials, status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  startTasksSimulator,
  type TasksSimulator,
  type TasksSimulatorOptions,
} from '../../../simulators/tasks/simulator.ts';

// Without it google-auth-library looks for a metadata server on the network.
process.env['METADATA_SERVER_DETECTION'] = 'none';

export type ITask = protos.google.cloud.tasks.v2.ITask;

/** A whole second, so that times read well in a failed assertion. */
export const START_MS = Date.UTC(2026, 11, 1, 2, 7, 0);

export const LOCATION = 'projects/demo-push/locations/asia-northeast3';
export const QUEUE = `${LOCATION}/queues/conduct`;

/** One request as the worker got it, with the simulator's time. */
export interface Received {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (request: Received, response: ServerResponse) => void;

/** A simulator on a manual clock, a worker that records what it gets, and the real client between them. */
export interface Stand {
  readonly simulator: TasksSimulator;
  readonly client: CloudTasksClient;
  readonly workerUrl: string;
  readonly received: Received[];
  /** How the worker answers; 200 at first. */
  answer: Answer;
  /** Creates a task for the worker. */
  create(task?: ITask): Promise<ITask>;
  /** Runs what is due at this moment to its end. */
  settle(): Promise<void>;
  advance(ms: number, settleMs?: number): Promise<void>;
  close(): Promise<void>;
}

export async function startStand(options: TasksSimulatorOptions = {}): Promise<Stand> {
  const simulator = await startTasksSimulator({ clock: 'manual', startMs: START_MS, ...options });
  const received: Received[] = [];
  const worker = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const entry = {
        atMs: simulator.nowMs(),
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      received.push(entry);
      stand.answer(entry, response);
    });
  });
  worker.listen(0, '127.0.0.1');
  await once(worker, 'listening');
  const client = clientOf(simulator.port);
  const workerUrl = `http://127.0.0.1:${(worker.address() as AddressInfo).port}`;
  const stand: Stand = {
    simulator,
    client,
    workerUrl,
    received,
    answer: respond(200),
    async create(task = {}) {
      const httpRequest = { url: `${workerUrl}/work`, ...task.httpRequest };
      const [created] = await client.createTask({ parent: QUEUE, task: { ...task, httpRequest } });
      return created;
    },
    settle: async () => void (await simulator.advance(0)),
    advance: async (ms, settleMs) => void (await simulator.advance(ms, settleMs)),
    async close() {
      await client.close();
      await simulator.close();
      worker.closeAllConnections();
      await new Promise((resolve) => worker.close(resolve));
    },
  };
  return stand;
}

export function clientOf(port: number): CloudTasksClient {
  return new CloudTasksClient({
    apiEndpoint: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
    projectId: 'demo-push',
  });
}

/** Waits for something that real I/O brings about; rejects after 10 s. */
export async function until(condition: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 10_000; !condition();) {
    if (performance.now() > endMs) throw new Error(`never came true: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** An answer with this status, whatever was asked. */
export function respond(httpStatus: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => response.writeHead(httpStatus, headers).end();
}

/** Answers with these statuses in turn, the last one for ever. */
export function respondInTurn(...statuses: [number, ...number[]]): Answer {
  let next = 0;
  return (_request, response) => {
    response.writeHead(statuses[Math.min(next, statuses.length - 1)] as number).end();
    next += 1;
  };
}

/** Seconds since the start at which each request came in. */
export function arrivalSeconds(stand: Stand): number[] {
  return stand.received.map((request) => (request.atMs - START_MS) / 1000);
}

/** For `assert.rejects`: a gRPC refusal with this code, and these words when given. */
export function refusal(code: keyof typeof status, words: RegExp = /./): (error: unknown) => boolean {
  return (error) => {
    const { code: actual, message } = error as { code: number; message: string };
    if (status[actual] === code && words.test(message)) return true;
    throw new Error(`expected ${code} ${String(words)}, got ${actual}: ${message}`);
  };
}

export function timestamp(ms: number): { seconds: number; nanos: number } {
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
}

/** Milliseconds of a Timestamp or Duration in an answer. */
export function msOf(
  time: { seconds?: number | string | Long | null; nanos?: number | null } | null | undefined,
): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}

type Long = { toString(): string };
