import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TasksEngine } from '../engine/engine.ts';
import { ControlError } from './httpError.ts';
import { serveControl, type ControlAnswer } from './routes.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export interface ControlFace {
  readonly port: number;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

/** Serves the control API over HTTP/1.1. Rejects when the address cannot be bound. */
export async function serveControlApi(engine: TasksEngine, host: string, port: number): Promise<ControlFace> {
  const server = createServer((request, response) => {
    handle(engine, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handle(engine: TasksEngine, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://control');
    const body = await readJson(request);
    const parsed = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, body };
    await sendAnswer(response, await serveControl(engine, parsed));
  } catch (error) {
    if (response.headersSent) throw error;
    const status = error instanceof ControlError ? error.status : 500;
    sendJson(response, status, { error: (error as Error).message });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new ControlError(413, 'the body is larger than 1 MiB');
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new ControlError(400, 'the body is not JSON');
  }
}

async function sendAnswer(response: ServerResponse, answer: ControlAnswer): Promise<void> {
  if (answer.kind === 'json') {
    sendJson(response, 200, answer.value);
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  await pipeline(Readable.from(lines(answer.values)), response);
}

function* lines(values: readonly unknown[]): Generator<string> {
  for (const value of values) yield `${JSON.stringify(value)}\n`;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(value)}\n`);
}
