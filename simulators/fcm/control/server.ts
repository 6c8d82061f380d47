import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Answer, Controlled } from './contract.ts';
import { InputError } from './input.ts';
import { ndjson } from './ndjson.ts';
import { route } from './routes.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** The control and report API: JSON over HTTP/1.1 on a port of its own, so that no outage of FCM reaches it. */
export class ControlServer {
  readonly #server: Server;

  constructor(controlled: Controlled) {
    this.#server = createServer((request, response) => {
      serve(controlled, request, response).catch(() => response.destroy());
    });
  }

  /** Listens and returns host:port. */
  async listen(host: string, port: number): Promise<string> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    const address = this.#server.address() as AddressInfo;
    return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

async function serve(controlled: Controlled, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerTo(controlled, request);
  response.statusCode = answer.status;
  if ('rows' in answer) {
    response.setHeader('content-type', 'application/x-ndjson');
    await pipeline(Readable.from(ndjson(answer.rows), { objectMode: false }), response);
  } else if ('text' in answer) {
    response.setHeader('content-type', 'application/x-pem-file');
    response.end(answer.text);
  } else {
    response.setHeader('content-type', 'application/json');
    if (answer.allow !== undefined) response.setHeader('allow', answer.allow);
    response.end(`${JSON.stringify(answer.json)}\n`);
  }
}

async function answerTo(controlled: Controlled, request: IncomingMessage): Promise<Answer> {
  try {
    const url = new URL(request.url ?? '/', 'http://control');
    return route(controlled, request.method ?? '', url, await readJson(request));
  } catch (error) {
    if (!(error instanceof InputError || error instanceof URIError)) throw error;
    const field = error instanceof InputError ? error.field : 'path';
    return { status: 400, json: { error: error.message, field } };
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new InputError('', `the body is above ${MAX_BODY_BYTES} bytes`);
    pieces.push(piece);
  }
  if (bytes === 0) return {};
  try {
    return JSON.parse(Buffer.concat(pieces).toString()) as unknown;
  } catch {
    throw new InputError('', 'the body is not JSON');
  }
}
