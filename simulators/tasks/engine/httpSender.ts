import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AttemptResult } from '../core/attempt.ts';
import { retryAfterMs } from '../core/throttle.ts';
import type { HttpMethod } from '../core/task.ts';

export interface WorkerRequest {
  readonly url: string;
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends requests to workers over kept-alive connections. Redirects are not followed: a 3xx is a failed attempt. */
export class HttpSender {
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });
  readonly #nowMs: () => number;

  /** @param nowMs the simulator's clock, against which a Retry-After date is read */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Never rejects. An abort by `signal` reads as `deadline`; the answer's body is read and thrown away. */
  send(request: WorkerRequest, signal: AbortSignal): Promise<AttemptResult> {
    return new Promise((resolve) => {
      const fail = (error: Error) => resolve(signal.aborted ? { kind: 'deadline' } : unreachable(error));
      try {
        const outgoing = this.#open(request, signal);
        outgoing.on('error', fail);
        outgoing.on('response', (response: IncomingMessage) => {
          response.on('error', fail);
          response.on('end', () => resolve(this.#answer(response)));
          // After `end` this resolves nothing any more; without `end` the connection broke in the middle.
          response.on('close', () => fail(new Error('the connection closed in the middle of the answer')));
          response.resume();
        });
        outgoing.end(request.body);
      } catch (error) {
        fail(error as Error);
      }
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #open(request: WorkerRequest, signal: AbortSignal): ClientRequest {
    const { method } = request;
    const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
    const headers = hasBody ? { ...request.headers, 'Content-Length': request.body.length } : request.headers;
    return request.url.startsWith('https:')
      ? httpsRequest(request.url, { method, headers, signal, agent: this.#https })
      : httpRequest(request.url, { method, headers, signal, agent: this.#http });
  }

  #answer(response: IncomingMessage): AttemptResult {
    return {
      kind: 'response',
      status: response.statusCode ?? 0,
      retryAfterMs: retryAfterMs(response.headers['retry-after'], this.#nowMs()),
    };
  }
}

function unreachable(error: Error): AttemptResult {
  const code = (error as NodeJS.ErrnoException).code;
  const reason = error.message === '' ? (code ?? error.name) : error.message;
  return { kind: 'unreachable', reason };
}
