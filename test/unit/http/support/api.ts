import { EventEmitter, once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { importCallers } from '../../../../functions/src/http/callers.ts';
import { createHandler, type Handler } from '../../../../functions/src/http/handler.ts';
import { createTokenVerifier } from '../../../../functions/src/http/token.ts';
import type { LogFields } from '../../../../functions/src/ports.ts';
import { AUDIENCE, CALLERS_JSON, NOW_MS, makeToken, type TokenParts } from './callers.ts';
import { FakeNonces, FakeService } from './fakeService.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of a JSON answer; undefined for any other. */
  readonly json: unknown;
}

export interface CallOptions {
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `null` sends no token; the default is one that holds, for the body. */
  readonly token?: TokenParts | string | null;
}

const CAMPAIGN = {
  id: 'c-1',
  kind: 'transactional',
  audience: { members: { from: 1, to: 10 } },
  message: { title: 'a', body: 'b' },
};

/** The handler behind a server on the loopback, with fakes for all it needs. */
export class Api implements AsyncDisposable {
  readonly service = new FakeService();
  readonly nonces = new FakeNonces();
  readonly logged: { readonly event: string; readonly fields: LogFields }[] = [];
  /** Emits `close` when a connection has been closed. */
  readonly connections = new EventEmitter();
  nowMs = NOW_MS;
  readonly #server: Server;

  /** One that has the campaign `c-1`, and has been asked for nothing since. */
  static async withCampaign(): Promise<Api> {
    const api = await Api.start();
    await api.call('POST', '/v1/campaigns', { body: JSON.stringify(CAMPAIGN), headers: JSON_TYPE });
    api.service.calls.length = 0;
    return api;
  }

  static async start(): Promise<Api> {
    const verifyToken = createTokenVerifier(await importCallers(CALLERS_JSON), AUDIENCE);
    const api = new Api(verifyToken);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  private constructor(verifyToken: ReturnType<typeof createTokenVerifier>) {
    const record = (event: string, fields: LogFields) => void this.logged.push({ event, fields });
    let requests = 0;
    const handler: Handler = createHandler({
      service: this.service,
      nonces: this.nonces,
      verifyToken,
      clock: { now: () => this.nowMs },
      newRequestId: () => `request-${++requests}`,
      log: { info: record, warn: record, error: record },
    });
    this.#server = createServer((request, response) => {
      void buffer(request).then((bytes) => {
        const { method, url, headers } = request;
        return handler({ method, url, headers, ...(bytes.length > 0 ? { rawBody: bytes } : {}) }, response);
      });
    });
    this.#watchConnections();
  }

  #watchConnections(): void {
    this.#server.on('connection', (socket) => socket.once('close', () => this.connections.emit('close')));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    return call(this.port, method, path, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** One request over a connection of its own; the path goes out as it is given, nothing tidied up. */
export async function call(port: number, method: string, path: string, options: CallOptions = {}): Promise<Reply> {
  const { body, headers = {}, token = {} } = options;
  const parts =
    token === null || typeof token === 'string' ? null : { ...(body === undefined ? {} : { body }), ...token };
  const bearer = parts === null ? token : makeToken(parts);
  const outgoing = httpRequest({ host: '127.0.0.1', port, method, path, agent: false });
  if (typeof bearer === 'string') outgoing.setHeader('authorization', `Bearer ${bearer}`);
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  if (body !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(body));
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = (await buffer(incoming)).toString('utf8');
  const isJson = /^application\/(problem\+)?json/.test(incoming.headers['content-type'] ?? '');
  const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text, json };
}

export const JSON_TYPE = { 'content-type': 'application/json' } as const;
export const NDJSON_TYPE = { 'content-type': 'application/x-ndjson' } as const;
