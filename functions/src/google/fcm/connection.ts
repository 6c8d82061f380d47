import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import type { Deadline } from './deadline.ts';
import type { Dial, Dialled } from './dial.ts';
import { NOT_SENT, type Exchange } from './exchange.ts';
import { runStream, type StreamEvents } from './stream.ts';

export interface ConnectionLimits {
  /** Streams at once, where the server allows as many. FCM allows 100. */
  readonly streams: number;
  /** Until TCP, TLS and the server's SETTINGS must have come. */
  readonly openMs: number;
  /** A connection that has been silent for so long must answer a PING before it is trusted with a POST. */
  readonly silenceMs: number;
  /** Until a PING must be answered. */
  readonly pingMs: number;
  /** A connection without streams for so long is closed. */
  readonly idleMs: number;
}

export interface ConnectionEvents {
  /** There may be room for another stream. */
  onRoom(connection: Connection): void;
  /** It takes no more streams; those it has go on. */
  onDraining(connection: Connection): void;
  /** It is gone, with all its streams. `error` is what broke it, if anything did. */
  onClosed(connection: Connection, error: Error | undefined): void;
}

const HIGHEST_STREAM_ID = 2 ** 31 - 1;

/**
 * One HTTP/2 connection to FCM (RFC 9113). Nothing is posted before the server's SETTINGS are here: until then a failure
 * proves that nothing was sent, and afterwards the number of streams is known.
 */
export class Connection {
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  readonly #abort = new AbortController();
  #session: ClientHttp2Session | undefined;
  #socket: Dialled['socket'] | undefined;
  #state: 'opening' | 'open' | 'probing' | 'draining' | 'closed' = 'opening';
  #timer: NodeJS.Timeout;
  #maxStreams = 0;
  #streams = 0;
  #pinging = false;
  #heardAtMs = performance.now();
  #lastStreamId = HIGHEST_STREAM_ID;
  #error: Error | undefined;
  #ended = false;
  readonly #streamEvents: StreamEvents = {
    lastStreamId: () => this.#lastStreamId,
    heard: () => {
      this.#heardAtMs = performance.now();
    },
    closed: () => {
      this.#streams -= 1;
      this.#leave();
      this.#events.onRoom(this);
    },
  };
  /** Streams that it ever carried. */
  carried = 0;

  constructor(dial: Dial, limits: ConnectionLimits, events: ConnectionEvents) {
    this.#limits = limits;
    this.#events = events;
    this.#timer = setTimeout(() => this.destroy(new Error('no SETTINGS in time')), limits.openMs);
    dial(this.#abort.signal).then(
      (dialled) => this.#adopt(dialled),
      (error: Error) => this.destroy(error),
    );
  }

  /** True while it may yet offer room: it is being opened, or asked whether it is still alive. */
  get isComing(): boolean {
    return this.#state === 'opening' || this.#state === 'probing';
  }

  get isDraining(): boolean {
    return this.#state === 'draining';
  }

  /** Streams that the server allows at once, within our own bound. */
  get maxStreams(): number {
    return this.#maxStreams;
  }

  /** Streams that may be opened now. A connection that was silent for too long is asked first and has none meanwhile. */
  room(nowMs: number): number {
    // A session that breaks closes its streams before it says so itself.
    if (this.#state !== 'open' || this.#session?.destroyed !== false) return 0;
    if (nowMs - this.#heardAtMs > this.#limits.silenceMs) {
      this.#state = 'probing';
      this.#ping();
      return 0;
    }
    return this.#maxStreams - this.#streams;
  }

  /** Sends one POST. Call it only where there is room. */
  post(headers: OutgoingHttpHeaders, body: string | Buffer, deadline: Deadline): Promise<Exchange> {
    let stream: ClientHttp2Stream;
    try {
      if (this.#session === undefined) return Promise.resolve(NOT_SENT);
      stream = this.#session.request(headers);
    } catch {
      // The session is ending, or its 2^30 stream ids are used up.
      this.#drain();
      return Promise.resolve(NOT_SENT);
    }
    this.#streams += 1;
    this.carried += 1;
    return runStream(stream, body, deadline, this.#streamEvents);
  }

  /** Looks after a connection that nobody uses, or that nobody hears from. */
  check(nowMs: number): void {
    if (this.#state !== 'open' && this.#state !== 'draining') return;
    const silentMs = nowMs - this.#heardAtMs;
    if (this.#streams > 0 && silentMs > this.#limits.silenceMs) this.#ping();
    if (this.#streams === 0 && silentMs > this.#limits.idleMs) this.destroy();
  }

  /** Ends it at once, with all its streams. */
  destroy(error?: Error): void {
    if (this.#state === 'closed') return;
    this.#error ??= error;
    this.#ended = true;
    this.#abort.abort();
    if (this.#session === undefined) this.#closed();
    else this.#session.destroy();
    this.#socket?.destroy();
  }

  #adopt({ session, socket }: Dialled): void {
    this.#session = session;
    this.#socket = socket;
    session.on('error', (error) => (this.#error ??= error));
    session.on('close', () => this.#closed());
    session.on('goaway', (_code, lastStreamId: number) => {
      this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId);
      this.#drain();
    });
    session.on('remoteSettings', ({ maxConcurrentStreams = HIGHEST_STREAM_ID }) => {
      this.#maxStreams = Math.min(maxConcurrentStreams, this.#limits.streams);
      this.#heard();
    });
    if (this.#state !== 'closed') return;
    session.destroy();
    socket.destroy();
  }

  /** The server has shown that it lives. */
  #heard(): void {
    this.#heardAtMs = performance.now();
    clearTimeout(this.#timer);
    if (this.isComing) this.#state = 'open';
    this.#events.onRoom(this);
  }

  #ping(): void {
    if (this.#pinging || this.#session?.destroyed !== false) return;
    this.#pinging = true;
    this.#timer = setTimeout(() => this.destroy(new Error('no answer to PING')), this.#limits.pingMs);
    this.#session.ping((error) => {
      this.#pinging = false;
      if (error === null) this.#heard();
    });
  }

  #drain(): void {
    if (this.#state === 'closed' || this.#state === 'draining') return;
    this.#state = 'draining';
    this.#events.onDraining(this);
    this.#leave();
  }

  /** Nothing is left to wait for. The server, which may never close its side, is not waited for either. */
  #leave(): void {
    if (this.#state !== 'draining' || this.#streams > 0) return;
    this.destroy(this.carried === 0 ? new Error('the server took leave at once') : undefined);
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#events.onClosed(this, this.#error ?? (this.#ended ? undefined : new Error('the server closed it')));
  }
}
