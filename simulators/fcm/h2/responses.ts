import type { Reply, ReplyHead } from '../exchange.ts';
import { encodeHeaderBlock } from '../hpack/encoder.ts';
import {
  ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  ErrorCode,
  MAX_WINDOW_BYTES,
  StreamError,
} from './frames.ts';
import type { FrameWriter } from './frameWriter.ts';
import type { Http2Stream } from './stream.ts';

const blocks = new WeakMap<ReplyHead, Buffer>();

function headerBlock(head: ReplyHead): Buffer {
  let block = blocks.get(head);
  if (!block) {
    block = encodeHeaderBlock([[':status', String(head.status)], ...head.fields]);
    blocks.set(head, block);
  }
  return block;
}

/** Sends responses as far as the client's flow-control windows allow, and the rest when they open (RFC 9113, 5.2). */
export class Responses {
  readonly #writer: FrameWriter;
  readonly #finished: (stream: Http2Stream) => void;
  #connectionWindow = DEFAULT_WINDOW_BYTES;
  #blocked = new Set<Http2Stream>();
  /** The client's SETTINGS_INITIAL_WINDOW_SIZE: what a new stream may be sent. */
  initialWindow = DEFAULT_WINDOW_BYTES;
  /** The client's SETTINGS_MAX_FRAME_SIZE is at least this, whatever it says; larger frames are not needed here. */
  readonly maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;

  /** @param finished called once the last octet of a stream's response is written. */
  constructor(writer: FrameWriter, finished: (stream: Http2Stream) => void) {
    this.#writer = writer;
    this.#finished = finished;
  }

  send(stream: Http2Stream, reply: Reply): void {
    const { body } = reply;
    const bodyBytes = Buffer.byteLength(body);
    this.#writer.headers(stream.id, headerBlock(reply.head), bodyBytes === 0);
    if (bodyBytes === 0) {
      this.#finished(stream);
      return;
    }
    if (bodyBytes <= Math.min(this.#connectionWindow, stream.sendWindow, this.maxFrameBytes)) {
      this.#writer.text(stream.id, body, bodyBytes);
      this.#connectionWindow -= bodyBytes;
      this.#finished(stream);
      return;
    }
    stream.unsent = Buffer.from(body);
    this.#blocked.add(stream);
    this.#advance(stream);
  }

  /** Headers and the first octets of the body, without an end; what the windows do not allow is left out. */
  sendPart(stream: Http2Stream, reply: Reply, bodyBytes: number): void {
    this.#writer.headers(stream.id, headerBlock(reply.head), false);
    const allowed = Math.min(this.#connectionWindow, stream.sendWindow, this.maxFrameBytes);
    const part = Buffer.from(reply.body).subarray(0, Math.max(0, Math.min(bodyBytes, allowed)));
    if (part.length === 0) return;
    this.#writer.data(stream.id, part, false);
    this.#connectionWindow -= part.length;
  }

  /** Forgets what a stream still wanted to send. */
  drop(stream: Http2Stream): void {
    stream.unsent = undefined;
    this.#blocked.delete(stream);
  }

  grantConnection(incrementBytes: number): void {
    this.#connectionWindow += incrementBytes;
    if (this.#connectionWindow > MAX_WINDOW_BYTES) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'connection window above 2^31-1');
    }
    for (const stream of this.#blocked) this.#advance(stream);
  }

  grantStream(stream: Http2Stream, incrementBytes: number): void {
    stream.sendWindow += incrementBytes;
    if (stream.sendWindow > MAX_WINDOW_BYTES) {
      throw new StreamError(stream.id, ErrorCode.FLOW_CONTROL_ERROR, 'stream window above 2^31-1');
    }
    this.#advance(stream);
  }

  /** A changed SETTINGS_INITIAL_WINDOW_SIZE moves the window of every open stream, below zero if need be. */
  changeInitialWindow(windowBytes: number, streams: Iterable<Http2Stream>): void {
    const difference = windowBytes - this.initialWindow;
    this.initialWindow = windowBytes;
    for (const stream of streams) {
      stream.sendWindow += difference;
      if (stream.sendWindow > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'stream window above 2^31-1');
      }
      this.#advance(stream);
    }
  }

  #advance(stream: Http2Stream): void {
    while (stream.unsent) {
      const allowed = Math.min(this.#connectionWindow, stream.sendWindow, this.maxFrameBytes);
      if (allowed <= 0) return;
      const piece = stream.unsent.subarray(0, allowed);
      const last = piece.length === stream.unsent.length;
      this.#writer.data(stream.id, piece, last);
      this.#connectionWindow -= piece.length;
      stream.sendWindow -= piece.length;
      stream.unsent = stream.unsent.subarray(piece.length);
      if (!last) continue;
      this.drop(stream);
      this.#finished(stream);
    }
  }
}
