import type { Socket } from 'node:net';
import type { Reply, RequestHandler } from '../exchange.ts';
import { HpackDecoder, HpackError } from '../hpack/decoder.ts';
import type { HeaderField } from '../hpack/staticTable.ts';
import { ConnectionError, ErrorCode, Flag, FrameType, Setting, StreamError } from './frames.ts';
import { FrameReader } from './frameReader.ts';
import { FrameWriter } from './frameWriter.ts';
import { HeaderAssembly, type HeaderBlock } from './headerAssembly.ts';
import { SettingsExchange } from './settingsExchange.ts';
import { SocketPort } from './socketPort.ts';
import { ReceiveWindow, STREAM_WINDOW_BYTES } from './receiveWindow.ts';
import { readRequestHead } from './requestHead.ts';
import { Responses } from './responses.ts';
import { Sabotage } from './sabotage.ts';
import { Http2Stream, type StreamOwner } from './stream.ts';
import { StreamTable } from './streamTable.ts';

/** Bodies above this are counted but not kept. Google refuses far smaller ones. */
const MAX_BODY_BYTES = 1024 * 1024;

/** One server-side HTTP/2 connection (RFC 9113), from the preface on. It decides nothing about messages. */
export class Http2Connection implements StreamOwner {
  readonly id: number;
  readonly #handler: RequestHandler;
  readonly #port: SocketPort;
  readonly #writer = new FrameWriter();
  readonly #reader: FrameReader;
  readonly #decoder = new HpackDecoder();
  readonly #assembly = new HeaderAssembly();
  readonly #streams = new StreamTable();
  readonly #sabotage = new Sabotage();
  readonly #receive = new ReceiveWindow(this.#writer);
  readonly #responses = new Responses(this.#writer, (stream) => this.#end(stream));
  readonly #settings: SettingsExchange;
  #goAwaySent = false;

  constructor(socket: Socket, id: number, maxConcurrentStreams: number, handler: RequestHandler) {
    this.id = id;
    this.#handler = handler;
    this.#reader = new FrameReader(this.#frame);
    this.#settings = new SettingsExchange(this.#writer, this.#responses, this.#streams);
    this.#port = new SocketPort(socket, this.#writer, {
      chunk: (bytes) => this.#chunk(bytes),
      closed: () => this.#closed(),
    });
    this.#settings.announce(maxConcurrentStreams, [[Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES]]);
    this.#receive.open();
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

  readonly #frame = (
    type: number,
    flags: number,
    streamId: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void => {
    try {
      this.#dispatch(type, flags, streamId, bytes, start, end);
    } catch (error) {
      if (error instanceof StreamError) this.#reset(error.streamId, error.code);
      else if (error instanceof HpackError) throw new ConnectionError(ErrorCode.COMPRESSION_ERROR, error.message);
      else throw error;
    }
  };

  #dispatch(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (!this.#settings.seen && type !== FrameType.SETTINGS) protocolError('the first frame is SETTINGS');
    if (this.#assembly.pendingStreamId !== 0 && type !== FrameType.CONTINUATION) protocolError('CONTINUATION expected');
    switch (type) {
      case FrameType.DATA:
        this.#data(flags, id, bytes, start, end);
        break;
      case FrameType.HEADERS:
        this.#headers(flags, id, bytes, start, end);
        break;
      case FrameType.CONTINUATION:
        this.#block(this.#assembly.continue(flags, id, bytes.subarray(start, end)));
        break;
      case FrameType.SETTINGS:
        expect(id === 0, 'SETTINGS on a stream');
        this.#settings.receive(flags, bytes, start, end);
        break;
      case FrameType.WINDOW_UPDATE:
        this.#windowUpdate(id, bytes, start, end);
        break;
      case FrameType.RST_STREAM:
        this.#rstStream(id, end - start);
        break;
      case FrameType.PING:
        expect(id === 0, 'PING on a stream');
        expectBytes(end - start, 8);
        if (!(flags & Flag.ACK)) this.#writer.pingAck(bytes, start);
        break;
      case FrameType.PRIORITY:
        expect(id !== 0, 'PRIORITY without a stream');
        if (end - start !== 5) throw new StreamError(id, ErrorCode.FRAME_SIZE_ERROR, 'PRIORITY has 5 octets');
        break;
      case FrameType.PUSH_PROMISE:
        protocolError('clients do not push');
        break;
      case FrameType.GOAWAY:
        expect(id === 0, 'GOAWAY on a stream');
        break;
      default:
        // Unknown types are extensions, to be ignored (RFC 9113, 5.5).
        break;
    }
  }

  #data(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    expect(id !== 0, 'DATA without a stream');
    this.#receive.consumeConnection(end - start);
    const stream = this.#streams.forFrame(id);
    if (!stream) return;
    if (stream.remoteClosed) throw new StreamError(id, ErrorCode.STREAM_CLOSED, 'DATA after END_STREAM');
    const last = (flags & Flag.END_STREAM) !== 0;
    this.#receive.consumeStream(stream, end - start, !last);
    const from = flags & Flag.PADDED ? start + 1 : start;
    const to = unpaddedEnd(flags, bytes, start, end, from);
    if (to > from) stream.append(bytes.subarray(from, to), MAX_BODY_BYTES);
    if (last) this.#complete(stream);
  }

  #headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    expect(id !== 0, 'HEADERS without a stream');
    const from = start + (flags & Flag.PADDED ? 1 : 0) + (flags & Flag.PRIORITY ? 5 : 0);
    this.#block(this.#assembly.begin(flags, id, bytes, from, unpaddedEnd(flags, bytes, start, end, from)));
  }

  #block(block: HeaderBlock | undefined): void {
    if (!block) return;
    // Also for streams that are discarded: each block changes the table that the next one needs.
    const fields = this.#decoder.decode(block.bytes, block.start, block.end);
    const stream = this.#streams.get(block.streamId);
    if (!stream) {
      this.#open(block, fields);
      return;
    }
    if (stream.remoteClosed) throw new StreamError(stream.id, ErrorCode.STREAM_CLOSED, 'HEADERS after END_STREAM');
    if (!block.endStream) throw new StreamError(stream.id, ErrorCode.PROTOCOL_ERROR, 'trailers without END_STREAM');
    this.#complete(stream);
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

  #windowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    expectBytes(end - start, 4);
    const incrementBytes = bytes.readUInt32BE(start) & 0x7fffffff;
    const stream = id === 0 ? undefined : this.#streams.get(id);
    if (incrementBytes === 0) {
      expect(id !== 0, 'WINDOW_UPDATE of 0');
      throw new StreamError(id, ErrorCode.PROTOCOL_ERROR, 'WINDOW_UPDATE of 0');
    }
    if (id === 0) this.#responses.grantConnection(incrementBytes);
    else if (stream) this.#responses.grantStream(stream, incrementBytes);
    else expect(id <= this.#streams.lastOpenedId, 'WINDOW_UPDATE on an idle stream');
  }

  #rstStream(id: number, length: number): void {
    expectBytes(length, 4);
    expect(id !== 0 && id <= this.#streams.lastOpenedId, 'RST_STREAM on an idle stream');
    const stream = this.#streams.get(id);
    if (stream) this.#end(stream);
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

function unpaddedEnd(flags: number, bytes: Buffer, start: number, end: number, from: number): number {
  const padding = flags & Flag.PADDED ? (bytes[start] ?? 0) : 0;
  expect(from <= end - padding, 'padding longer than the frame');
  return end - padding;
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) protocolError(otherwise);
}

function expectBytes(actual: number, expected: number): void {
  if (actual !== expected) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `${actual} octets, not ${expected}`);
}

function protocolError(message: string): never {
  throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, message);
}
