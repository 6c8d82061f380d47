import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify, type JWTPayload } from 'jose';
import { BongsuClient, type BongsuClientOptions } from '../../client/index.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly type: string | undefined;
  readonly encoding: string | undefined;
  readonly body: Buffer;
  /** Null where the request carried no token. */
  readonly claims: JWTPayload | null;
}

export type Answer = (seen: Seen, response: ServerResponse) => void | Promise<void>;

/** A server that checks each token with jose alone, remembers what it saw, and answers as the test says. */
export class FakeApi {
  readonly seen: Seen[] = [];
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  #answer: Answer = (_seen, response) => void response.end('{}');
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  constructor(keys = generateKeyPairSync('ed25519')) {
    this.keys = keys;
  }

  static async start(keys?: FakeApi['keys']): Promise<FakeApi> {
    const api = new FakeApi(keys);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answer(answer: Answer): void {
    this.#answer = answer;
  }

  /** Gives the answers in turn, and the last one from then on. */
  answers(...answers: readonly Answer[]): void {
    let turn = 0;
    this.#answer = (seen, response) => answers[Math.min(turn++, answers.length - 1)]?.(seen, response);
  }

  /** A client of this server, whose waits between tries are at most 2 ms unless `overrides` says otherwise. */
  client(overrides: Partial<BongsuClientOptions> = {}): BongsuClient {
    return new BongsuClient({
      api: this.url,
      iss: 'main-server',
      aud: 'bongsu-test',
      kid: 'k1',
      privateKey: this.keys.privateKey,
      retry: { baseMs: 2, capMs: 2 },
      ...overrides,
    });
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    try {
      const { method = '', url = '' } = request;
      const seen = {
        method,
        url,
        type: request.headers['content-type'],
        encoding: request.headers['content-encoding'],
        body,
        claims: await this.#verify(request, body),
      };
      this.seen.push(seen);
      await this.#answer(seen, response);
    } catch (error) {
      await problem(401, 'unauthenticated', String(error))(null as never, response);
    }
  }

  async #verify(request: IncomingMessage, body: Buffer): Promise<JWTPayload | null> {
    const header = request.headers.authorization;
    if (header === undefined) return null;
    const { payload, protectedHeader } = await jwtVerify(header.replace(/^Bearer /, ''), this.keys.publicKey, {
      issuer: 'main-server',
      audience: 'bongsu-test',
      requiredClaims: ['iat', 'exp', 'jti'],
      maxTokenAge: '300s',
    });
    if (protectedHeader.kid !== 'k1') throw new Error('kid');
    if ((payload.exp as number) - (payload.iat as number) > 300) throw new Error('exp');
    const digest = body.length === 0 ? undefined : createHash('sha256').update(body).digest('base64url');
    if (payload['bdg'] !== digest) throw new Error('bdg');
    return payload;
  }
}

export function json(value: unknown, status = 200): Answer {
  return (_seen, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
}

interface Extra {
  readonly retryAfter?: string;
  readonly errors?: unknown;
}

export function problem(status: number, code: string, detail: string, extra: Extra = {}): Answer {
  return (_seen, response) => {
    response
      .writeHead(status, { 'content-type': 'application/problem+json', ...headersOf(extra) })
      .end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail, ...fieldsOf(extra) }));
  };
}

function headersOf(extra: Extra): Record<string, string> {
  return extra.retryAfter === undefined ? {} : { 'retry-after': extra.retryAfter };
}

function fieldsOf(extra: Extra): object {
  return extra.errors === undefined ? {} : { errors: extra.errors };
}

/** Ends the connection without an answer. */
export const cutOff: Answer = (_seen, response) => void response.destroy();
