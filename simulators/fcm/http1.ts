import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange, Reply, RequestHandler } from './exchange.ts';

const MAX_BODY_BYTES = 1024 * 1024;

class Http1Exchange implements Exchange {
  readonly connectionId: number;
  readonly #response: ServerResponse;
  readonly #socket: Socket;

  constructor(connectionId: number, response: ServerResponse, socket: Socket) {
    this.connectionId = connectionId;
    this.#response = response;
    this.#socket = socket;
  }

  respond(reply: Reply): void {
    if (this.#response.destroyed) return;
    this.#head(reply);
    this.#response.end(reply.body);
  }

  respondPartly(reply: Reply, bodyBytes: number): void {
    if (this.#response.destroyed) return;
    this.#head(reply);
    this.#response.flushHeaders();
    const part = Buffer.from(reply.body).subarray(0, bodyBytes);
    // An empty part would be written as the last chunk, which is the end this fault must not have.
    if (part.length === 0) setImmediate(() => this.#socket.destroy());
    else this.#response.write(part, () => this.#socket.destroy());
  }

  reset(): void {
    this.destroyConnection();
  }

  destroyConnection(): void {
    if ('encrypted' in this.#socket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  goAway(): void {
    this.#response.shouldKeepAlive = false;
  }

  // HTTP/1.1 has no way to say "not looked at"; closing without a word is the nearest.
  cutOff(): void {
    this.destroyConnection();
  }

  #head(reply: Reply): void {
    this.#response.statusCode = reply.head.status;
    for (const [name, value] of reply.head.fields) this.#response.setHeader(name, value);
    // Content-Length lets a client tell a whole body from half of one.
    this.#response.setHeader('content-length', Buffer.byteLength(reply.body));
  }
}

/**
 * A node:http server without a port: connections are given to it with `emit('connection', socket)`.
 * @param connectionIdOf numbers a socket for the arrival log.
 */
export function createHttp1Server(handler: RequestHandler, connectionIdOf: (socket: Socket) => number): Server {
  return createServer((request, response) => {
    const exchange = new Http1Exchange(connectionIdOf(request.socket), response, request.socket);
    readBody(request, (body, oversized) => {
      handler(exchange, {
        method: request.method ?? '',
        path: request.url ?? '',
        authorization: request.headers.authorization ?? '',
        body,
        oversized,
      });
    });
  });
}

function readBody(request: IncomingMessage, done: (body: Buffer, oversized: boolean) => void): void {
  let pieces: Buffer[] = [];
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) pieces = [];
    else pieces.push(piece);
  });
  request.on('end', () => done(Buffer.concat(pieces), bytes > MAX_BODY_BYTES));
  // A body that never ended is not a message: nobody waits for an answer.
  request.on('error', () => {});
}
