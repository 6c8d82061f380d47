import type { OutgoingHttpHeaders } from 'node:http2';
import type { Log } from '../../ports.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import type { Deadline } from './deadline.ts';
import type { Dial } from './dial.ts';
import { NOT_SENT, type Exchange } from './exchange.ts';

export interface PoolLimits extends ConnectionLimits {
  /** Connections that take new streams, at most. 80 of 100 streams carry 10,000 messages a second at 800 ms each. */
  readonly connections: number;
  /** How often connections are looked after. */
  readonly checkMs: number;
  /** Pause before another connection is tried beside those that work, once one could not be opened. */
  readonly backoffMs: number;
}

export const POOL_LIMITS: PoolLimits = {
  connections: 80,
  streams: 100,
  openMs: 10_000,
  silenceMs: 10_000,
  pingMs: 5_000,
  idleMs: 60_000,
  checkMs: 5_000,
  backoffMs: 1_000,
};

/** A POST that waits for room. */
interface Waiting {
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
  readonly deadline: Deadline;
  readonly settle: (exchange: Exchange | Promise<Exchange>) => void;
}

/**
 * The connections of one instance. They outlive batches; more are opened when POSTs wait for room, idle ones are closed.
 * Nothing is posted twice: a POST that a dying connection has not sent ends as `notSent`, and the pipeline decides.
 */
export class ConnectionPool {
  readonly #dial: Dial;
  readonly #log: Log;
  readonly #limits: PoolLimits;
  readonly #connections = new Set<Connection>();
  readonly #waiting = new Set<Waiting>();
  #check: NodeJS.Timeout | undefined;
  #openAfterMs = 0;
  /** Streams that a connection has room for, as the server last said. */
  #usualStreams: number;
  #closed = false;
  readonly #empty = Promise.withResolvers<void>();

  constructor(dial: Dial, log: Log, limits: PoolLimits = POOL_LIMITS) {
    this.#dial = dial;
    this.#log = log;
    this.#limits = limits;
    this.#usualStreams = limits.streams;
  }

  /** Connections that are open or being opened, those that end included. */
  get size(): number {
    return this.#connections.size;
  }

  /** Sends one POST, now or when there is room. Resolves within the deadline; never rejects. */
  post(headers: OutgoingHttpHeaders, body: string | Buffer, deadline: Deadline): Promise<Exchange> {
    if (this.#closed || deadline.tooLateToStart) return Promise.resolve(NOT_SENT);
    if (this.#waiting.size === 0) {
      const connection = this.#withRoom();
      if (connection) return connection.post(headers, body, deadline);
    }
    return new Promise((resolve) => {
      const forget = deadline.onTooLateToStart(() => {
        this.#waiting.delete(waiting);
        resolve(NOT_SENT);
      });
      const settle: Waiting['settle'] = (exchange) => {
        forget();
        resolve(exchange);
      };
      const waiting: Waiting = { headers, body, deadline, settle };
      this.#waiting.add(waiting);
      this.#grow();
    });
  }

  /** Ends all connections at once, and their POSTs with them. Resolves when their sockets are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#check);
    this.#refuseWaiting();
    for (const connection of this.#connections) connection.destroy();
    if (this.#connections.size > 0) await this.#empty.promise;
  }

  /** First fit: what the first connections can carry leaves the last ones idle, and those get closed. */
  #withRoom(): Connection | undefined {
    const nowMs = performance.now();
    for (const connection of this.#connections) if (connection.room(nowMs) > 0) return connection;
    return undefined;
  }

  /** @param freed where room has just come; with POSTs waiting there was none elsewhere */
  #drain(freed: Connection): void {
    while (this.#waiting.size > 0) {
      const connection = freed.room(performance.now()) > 0 ? freed : this.#withRoom();
      const [first] = this.#waiting;
      if (!connection || !first) return this.#grow();
      this.#waiting.delete(first);
      first.settle(
        first.deadline.tooLateToStart ? NOT_SENT : connection.post(first.headers, first.body, first.deadline),
      );
    }
  }

  /** Opens as many connections as those that wait will need, beside those that are coming already. */
  #grow(): void {
    let usable = 0;
    let coming = 0;
    for (const connection of this.#connections) {
      if (!connection.isDraining) usable += 1;
      if (connection.isComing) coming += 1;
      if (connection.maxStreams > 0) this.#usualStreams = connection.maxStreams;
    }
    if (usable > 0 && performance.now() < this.#openAfterMs) return;
    while (coming * this.#usualStreams < this.#waiting.size && usable < this.#limits.connections) {
      this.#open();
      coming += 1;
      usable += 1;
    }
  }

  #open(): void {
    const connection = new Connection(this.#dial, this.#limits, {
      onRoom: (connection) => this.#drain(connection),
      onDraining: (connection) => this.#replace(connection),
      onClosed: (connection, error) => this.#lost(connection, error),
    });
    this.#connections.add(connection);
    this.#check ??= setInterval(() => this.#lookAfter(), this.#limits.checkMs).unref();
  }

  #replace(connection: Connection): void {
    // One that took leave before it carried anything has failed, and is not replaced before it is closed.
    if (this.#waiting.size > 0 && connection.carried > 0) this.#grow();
  }

  #lost(connection: Connection, error: Error | undefined): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) {
      clearInterval(this.#check);
      this.#check = undefined;
      if (this.#closed) this.#empty.resolve();
    }
    if (this.#closed) return;
    const useless = connection.carried === 0 && error !== undefined;
    if (useless) {
      this.#log.warn('a connection to FCM failed', { error: error.message });
      this.#openAfterMs = performance.now() + this.#limits.backoffMs;
    }
    if (this.#waiting.size === 0) return;
    const othersLeft = [...this.#connections].some((other) => !other.isDraining);
    if (othersLeft || !useless) this.#grow();
    else this.#refuseWaiting();
  }

  #refuseWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { settle } of waiting) settle(NOT_SENT);
  }

  #lookAfter(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.check(nowMs);
  }
}
