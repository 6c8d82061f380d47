import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { readProblem } from './answer.ts';
import { isRetryableStatus, nextDelayMs, type RetryPolicy } from './backoff.ts';
import { BongsuClientError, BongsuConnectionError, BongsuError, reasonOf } from './errors.ts';
import type { MakeToken } from './token.ts';

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** From `/v1` on, each variable part already encoded. */
  readonly path: string;
  /** A parameter that is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** `bytes` go out as they are; `encoding` says how they are encoded already. */
  readonly body?: {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly type: string;
    readonly encoding?: 'gzip';
  };
  readonly signal?: AbortSignal | undefined;
  /** Goes out without a token: `/v1/health` and `/v1/ready` ask for none. */
  readonly unsigned?: boolean;
  /** Statuses that are an answer to this call and not a failure, beside 2xx. */
  readonly answers?: readonly number[];
}

export interface TransportOptions {
  /** The API's base address; may have a path of its own. */
  readonly api: string;
  readonly makeToken: MakeToken;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  /** Longest wait for an answer to one try; for a stream, for its beginning. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

/** One call in, one answer out; signs every try anew and tries again what is safe to try again. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #base: string;

  constructor(options: TransportOptions) {
    this.#options = options;
    const base = new URL(options.api);
    if (base.protocol !== 'https:' && base.protocol !== 'http:') throw new TypeError('api must be an http(s) address');
    this.#base = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
  }

  /**
   * Every call of this API is safe to repeat: a campaign's id and body, a member's number, a part's and a started campaign
   * are the same the second time.
   *
   * @param read takes what is needed from the response; a connection that breaks in it is tried again too.
   * @throws BongsuError, BongsuConnectionError, BongsuAnswerError, or the reason of `call.signal`.
   */
  async send<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    const { retry } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(call, read, attempt);
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!isRetryable(error)) throw error;
        const retryAfterMs = error instanceof BongsuError ? error.retryAfterMs : null;
        const delayMs = nextDelayMs(retry, attempt, retryAfterMs, Math.random());
        if (delayMs === null) throw error;
        await sleepUnlessAborted(delayMs, call.signal);
      }
    }
  }

  async #attempt<T>(call: Call, read: (response: Response) => Promise<T>, attempt: number): Promise<T> {
    const { fetch, now, timeoutMs } = this.#options;
    const headers = await this.#headers(call);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error(`nothing within ${timeoutMs} ms`)), timeoutMs);
    try {
      const response = await fetch(this.#url(call), {
        method: call.method,
        headers,
        ...(call.body === undefined ? {} : { body: call.body.bytes }),
        // The token is for this server; wherever else an answer points, it must not go there.
        redirect: 'manual',
        signal: call.signal === undefined ? deadline.signal : AbortSignal.any([call.signal, deadline.signal]),
      });
      if (!response.ok && call.answers?.includes(response.status) !== true) throw await readProblem(response, now());
      return await read(response);
    } catch (error) {
      if (error instanceof BongsuClientError) throw error;
      const times = attempt === 1 ? '' : ` (try ${attempt})`;
      throw new BongsuConnectionError(`${call.method} ${call.path}: no answer${times}: ${reasonOf(error)}`, {
        attempts: attempt,
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async #headers(call: Call): Promise<Record<string, string>> {
    const headers: Record<string, string> = {};
    if (call.unsigned !== true) headers['authorization'] = `Bearer ${await this.#options.makeToken(call.body?.bytes)}`;
    if (call.body !== undefined) headers['content-type'] = call.body.type;
    if (call.body?.encoding !== undefined) headers['content-encoding'] = call.body.encoding;
    return headers;
  }

  #url(call: Call): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    return `${this.#base}${call.path}${query.size === 0 ? '' : `?${query.toString()}`}`;
  }
}

function isRetryable(error: unknown): boolean {
  if (error instanceof BongsuError) return isRetryableStatus(error.status);
  return error instanceof BongsuConnectionError;
}

/** @throws the signal's reason. */
export async function sleepUnlessAborted(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeoutPromise(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
