import type { Socket } from 'node:net';
import type { Reply, RequestHandler } from '../exchange.ts';
import type { HeaderField } from '../hpack/staticTable.ts';
import { ConnectionError, ErrorCode, Setting, StreamError } from './frames.ts';
import { FrameReader } from './frameReader.ts';
import { FrameWriter } from './frameWriter.ts';
import type { HeaderBlock } from './headerAssembly.ts';
import { Inbound, MAX_BODY_BYTES } from './inbound.ts';
import { SettingsExchange } from './settingsExchange.ts';
import { SocketPort } from './socketPort.ts';
import { STREAM_WINDOW_BYTES } from './receiveWindow.ts';
import { readRequestHead } from './requestHead.ts';
import { Responses } from './responses.ts';
import { Sabotage } from './sabotage.ts';
import { Http2Stream, type StreamOwner } from './stream.ts';
import { StreamTable } from './streamTable.ts';

/** One server-side HTTP/2 connection (RFC 9113), from the preface on. It decides nothing about messages. */
export class Http2Connection implements StreamOwner {
  readonly id: number;
  readonly #handler: RequestHandler;
  readonly #port: SocketPort;
  readonly #writer = new FrameWriter();
  readonly #reader: FrameReader;
  readonly #streams = new StreamTable();
  readonly #sabotage = new Sabotage();
  readonly #responses = new Responses(this.#writer, (stream) => this.#end(stream));
  readonly #settings: SettingsExchange;
  #goAwaySent = false;

  constructor(socket: Socket, id: number, maxConcurrentStreams: number, handler: RequestHandler) {
    this.id = id;
    this.#handler = handler;
    this.#settings = new SettingsExchange(this.#writer, this.#responses, this.#streams);
    const inbound = new Inbound(this.#writer, this.#streams, this.#responses, this.#settings, {
      opened: (block, fields) => this.#open(block, fields),
      completed: (stream) => this.#complete(stream),
      ended: (stream) => this.#end(stream),
      reset: (streamId, code) => this.#reset(streamId, code),
    });
    this.#reader = new FrameReader(inbound.frame);
    this.#port = new SocketPort(socket, this.#writer, {
      chunk: (bytes) => this.#chunk(bytes),
      closed: () => this.#closed(),
    });
    this.#settings.announce(maxConcurrentStreams, [[Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES]]);
    inbound.openWindow();
    this.#port.flush();
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  /** Sends SETTINGS with another MAX_CONCURRENT_STREAMS; it binds the client once it has acknowledged. */
  setMaxConcurrentStreams(streams: number): void {
    this.#settings.announce(streams);
    this.#port.flushSoon();
  }

  /** Stops reading and answering, as a host does that has lost its power but not its address. */
  freeze(): void {
    this.#port.freeze();
  }

  thaw(): void {
    this.#port.thaw();
  }

  /** GOAWAY after the next `streams` streams, none of which is looked at. 0: GOAWAY now, nothing is cut off. */
  goAwayCutting(streams: number): void {
    if (streams === 0) this.goAway();
    else this.#sabotage.armCut(streams);
  }

  /** Lets `messages` more messages through and closes on the one after; 0 closes at once. */
  closeAfter(messages: number): void {
    if (messages === 0) this.destroy();
    else this.#sabotage.armClose(messages);
  }

  respond(stream: Http2Stream, reply: Reply): void {
    if (!stream.open) return;
    this.#responses.send(stream, reply);
    this.#port.flushSoon();
  }

  respondPartly(stream: Http2Stream, reply: Reply, bodyBytes: number): void {
    if (!stream.open) return;
    this.#responses.sendPart(stream, reply, bodyBytes);
    // In a write of their own: read together with the reset, they may never reach the client's application.
    this.#port.flush();
    setImmediate(() => this.resetStream(stream, ErrorCode.INTERNAL_ERROR));
  }

  resetStream(stream: Http2Stream, code: number): void {
    if (!stream.open) return;
    this.#reset(stream.id, code);
    this.#port.flushSoon();
  }

  destroy(): void {
    this.#port.destroy();
  }

  goAway(): void {
    this.#announceEnd(this.#streams.lastOpenedId, ErrorCode.NO_ERROR);
  }

  cutOff(stream: Http2Stream): void {
    if (!stream.open) return;
    // Later streams were handed on already, and a GOAWAY may not unsay that. REFUSED_STREAM says the same of one stream.
    const laterSeen = stream.id < this.#streams.lastProcessedId;
    if (laterSeen || this.#goAwaySent) this.resetStream(stream, ErrorCode.REFUSED_STREAM);
    else this.#announceEnd(stream.id - 2, ErrorCode.NO_ERROR);
  }

  #announceEnd(lastStreamId: number, code: number, debug?: string): void {
    if (this.#goAwaySent) return;
    this.#goAwaySent = true;
    for (const stream of this.#streams.discardFrom(lastStreamId + 1)) this.#responses.drop(stream);
    this.#writer.goAway(Math.max(0, lastStreamId), code, debug);
    this.#port.flushSoon();
    this.#closeIfDone();
  }

  #chunk(bytes: Buffer): void {
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!(error instanceof ConnectionError)) {
      this.destroy();
      throw error;
    }
    this.#reader.stop();
    this.#announceEnd(this.#streams.lastProcessedId, error.code, error.message);
    this.#streams.closeAll();
    this.#port.end();
  }

  #open(block: HeaderBlock, fields: readonly HeaderField[]): void {
    const id = block.streamId;
    if (!this.#streams.opening(id)) {
      if (this.#sabotage.cutArmed) this.#sabotage.countCut(() => this.#announceCut());
      return;
    }
    if (this.#sabotage.cutArmed) {
      this.#streams.discardFrom(id);
      this.#sabotage.countCut(() => this.#announceCut());
      return;
    }
    const head = readRequestHead(fields);
    if (!head) throw new StreamError(id, ErrorCode.PROTOCOL_ERROR, 'malformed request');
    if (this.#streams.size >= this.#settings.maxConcurrentStreams) {
      throw new StreamError(id, ErrorCode.REFUSED_STREAM, 'above MAX_CONCURRENT_STREAMS');
    }
    const stream = new Http2Stream(this, id, head, STREAM_WINDOW_BYTES, this.#responses.initialWindow);
    this.#streams.add(stream);
    if (block.endStream) this.#complete(stream);
  }

  #announceCut(): void {
    this.#announceEnd(this.#streams.ignoreFrom - 2, ErrorCode.NO_ERROR);
  }

  #complete(stream: Http2Stream): void {
    stream.remoteClosed = true;
    if (this.#sabotage.closesNow()) {
      this.destroy();
      return;
    }
    this.#streams.lastProcessedId = Math.max(this.#streams.lastProcessedId, stream.id);
    this.#handler(stream, {
      method: stream.head.method,
      path: stream.head.path,
      authorization: stream.head.authorization,
      oversized: stream.bodyBytes > MAX_BODY_BYTES,
      body: stream.takeBody(),
    });
  }

  #reset(id: number, code: number): void {
    const stream = this.#streams.get(id);
    this.#writer.rstStream(id, code);
    this.#streams.rememberReset(id);
    if (stream) this.#end(stream);
  }

  #end(stream: Http2Stream): void {
    this.#responses.drop(stream);
    this.#streams.close(stream);
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#goAwaySent && this.#streams.size === 0) this.#port.end();
  }

  #closed(): void {
    this.#reader.stop();
    this.#sabotage.disarm();
    this.#streams.closeAll();
  }
}
