import { HpackDecoder, HpackError } from '../hpack/decoder.ts';
import type { HeaderField } from '../hpack/staticTable.ts';
import { ConnectionError, ErrorCode, Flag, FrameType, StreamError } from './frames.ts';
import type { FrameSink } from './frameReader.ts';
import type { FrameWriter } from './frameWriter.ts';
import { HeaderAssembly, type HeaderBlock } from './headerAssembly.ts';
import { ReceiveWindow } from './receiveWindow.ts';
import type { Responses } from './responses.ts';
import type { SettingsExchange } from './settingsExchange.ts';
import type { Http2Stream } from './stream.ts';
import type { StreamTable } from './streamTable.ts';

/** Bodies above this are counted but not kept. Google refuses far smaller ones. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** What the frames of the client amount to. */
export interface InboundEvents {
  /** The headers of a stream that is not open yet. */
  opened(block: HeaderBlock, fields: readonly HeaderField[]): void;
  /** The last octet of a request has come. */
  completed(stream: Http2Stream): void;
  /** The client has given the stream up. */
  ended(stream: Http2Stream): void;
  /** The client broke the rules on one stream. */
  reset(streamId: number, code: number): void;
}

/** The client's side of the conversation: each frame is checked against RFC 9113, section 6, and taken apart. */
export class Inbound {
  readonly #writer: FrameWriter;
  readonly #streams: StreamTable;
  readonly #responses: Responses;
  readonly #settings: SettingsExchange;
  readonly #events: InboundEvents;
  readonly #receive: ReceiveWindow;
  readonly #decoder = new HpackDecoder();
  readonly #assembly = new HeaderAssembly();

  constructor(
    writer: FrameWriter,
    streams: StreamTable,
    responses: Responses,
    settings: SettingsExchange,
    events: InboundEvents,
  ) {
    this.#writer = writer;
    this.#streams = streams;
    this.#responses = responses;
    this.#settings = settings;
    this.#events = events;
    this.#receive = new ReceiveWindow(writer);
  }

  /** Writes the grant that every connection begins with. */
  openWindow(): void {
    this.#receive.open();
  }

  /** Takes one frame; throws ConnectionError where the connection cannot go on. */
  readonly frame: FrameSink = (type, flags, streamId, bytes, start, end) => {
    try {
      this.#dispatch(type, flags, streamId, bytes, start, end);
    } catch (error) {
      if (error instanceof StreamError) this.#events.reset(error.streamId, error.code);
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
    if (last) this.#events.completed(stream);
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
      this.#events.opened(block, fields);
      return;
    }
    if (stream.remoteClosed) throw new StreamError(stream.id, ErrorCode.STREAM_CLOSED, 'HEADERS after END_STREAM');
    if (!block.endStream) throw new StreamError(stream.id, ErrorCode.PROTOCOL_ERROR, 'trailers without END_STREAM');
    this.#events.completed(stream);
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
    if (stream) this.#events.ended(stream);
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
