import { EventEmitter } from 'node:events';
import http2, { type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import type { Exchange } from './exchange.ts';

/*
 * All that touches the inside of firebase-admin stands in this file; sdkHttp2.test.ts fails when the SDK changes there.
 *
 * firebase-admin 14.5.1 has no switch for its hidden retries (4 on 503, ECONNRESET and its own 15 s time-out), waits for
 * ever when a stream closes without an 'error', and opens a TLS connection for every call of sendEach. It does all that
 * on what `http2.connect` gives it (lib/utils/api-request.js), and calls that within the call of sendEach. So for
 * the length of that call, and for nobody else, `http2.connect` gives a session that owns no socket: each request becomes
 * one POST of ours, and its end one event that the SDK does not retry.
 */

/** Sends one request of the SDK; what comes of it is the answer. */
export type Post = (headers: OutgoingHttpHeaders, body: Buffer) => Promise<Exchange>;

/** A status that the SDK retries, and one in its place that it does not. The body stays, and the true status is kept. */
const RETRIED_STATUS = 503;
const UNRETRIED_STATUS = 500;

/** An end without an answer. It has no `code`: the SDK retries ECONNRESET and ETIMEDOUT. */
class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
}

/** What the SDK takes for its connection during one call of sendEach. */
export class SdkBatch {
  readonly #post: Post;
  readonly #exchanges = new WeakMap<object, Exchange>();
  #ended = false;
  /** Requests that the SDK has made. */
  requests = 0;

  constructor(post: Post) {
    this.#post = post;
  }

  /**
   * Calls `call` with `http2.connect` replaced, and puts it back before anything else can run.
   * @throws Error where `call` did not ask for exactly one connection: then the SDK is not the one this was made for.
   */
  around<T>(call: () => Promise<T>): Promise<T> {
    const connect = http2.connect;
    let connections = 0;
    const replacement = (): ClientHttp2Session => {
      connections += 1;
      return this.#session() as unknown as ClientHttp2Session;
    };
    let answered: Promise<T>;
    try {
      http2.connect = replacement;
      answered = call();
    } finally {
      http2.connect = connect;
    }
    if (connections === 1) return answered;
    this.end();
    answered.catch(() => {});
    throw new Error(`firebase-admin opened ${connections} connections in sendEach, not 1`);
  }

  /** What came of the request that the SDK gave this error for; undefined where it made none. */
  exchangeOf(error: unknown): Exchange | undefined {
    const { httpResponse, cause } = (error ?? {}) as { httpResponse?: { headers?: unknown }; cause?: unknown };
    for (const mark of [httpResponse?.headers, cause]) {
      const exchange = typeof mark === 'object' && mark !== null ? this.#exchanges.get(mark) : undefined;
      if (exchange) return exchange;
    }
    return undefined;
  }

  /** Lets no further request out. */
  end(): void {
    this.#ended = true;
  }

  #session(): EventEmitter {
    return Object.assign(new EventEmitter(), {
      closed: false,
      close(): void {},
      request: (headers: OutgoingHttpHeaders) => this.#stream(headers),
    });
  }

  #stream(headers: OutgoingHttpHeaders): EventEmitter {
    const stream = Object.assign(new EventEmitter(), {
      aborted: false,
      destroyed: false,
      // The SDK's 15 s are not ours: the POST has a deadline of its own.
      setTimeout(): void {},
      destroy(): void {},
      end: (body: Buffer): void => {
        if (this.#ended) {
          this.#fail(stream, { kind: 'notSent' });
          return;
        }
        this.requests += 1;
        // `:scheme` is 'https:' with the colon, which strict servers refuse; Node puts in the right one.
        const { ':scheme': _, ...rest } = headers;
        void this.#post(rest, body).then((exchange) => this.#finish(stream, exchange));
      },
    });
    return stream;
  }

  #finish(stream: EventEmitter, exchange: Exchange): void {
    if (exchange.kind !== 'answered') {
      this.#fail(stream, exchange);
      return;
    }
    const { status, body } = exchange;
    // Without Retry-After, Content-Encoding and Content-Type: the SDK would act on them, and the body is text already.
    const headers = { ':status': status === RETRIED_STATUS ? UNRETRIED_STATUS : status };
    this.#exchanges.set(headers, exchange);
    stream.emit('response', headers);
    stream.emit('data', Buffer.from(body));
    stream.emit('end');
  }

  #fail(stream: EventEmitter, exchange: Exchange): void {
    const error = new ExchangeError(exchange.kind);
    this.#exchanges.set(error, exchange);
    stream.emit('error', error);
  }
}
