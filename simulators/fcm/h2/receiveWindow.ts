import { ConnectionError, DEFAULT_WINDOW_BYTES, ErrorCode, StreamError } from './frames.ts';
import type { FrameWriter } from './frameWriter.ts';
import type { Http2Stream } from './stream.ts';

/** Our SETTINGS_INITIAL_WINDOW_SIZE: an honest message never waits for a grant. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

/** What the client may send: counts it, refuses more than was granted, grants again before it runs out. */
export class ReceiveWindow {
  readonly #writer: FrameWriter;
  #connectionBytes = CONNECTION_WINDOW_BYTES;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** The grant that lifts the connection window from the protocol's 65,535 octets. */
  open(): void {
    this.#writer.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  }

  /** Every DATA octet counts against the connection, also those of streams that are gone. */
  consumeConnection(bytes: number): void {
    this.#connectionBytes -= bytes;
    if (this.#connectionBytes < 0) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'connection window');
    if (this.#connectionBytes > CONNECTION_WINDOW_BYTES / 2) return;
    this.#writer.windowUpdate(0, CONNECTION_WINDOW_BYTES - this.#connectionBytes);
    this.#connectionBytes = CONNECTION_WINDOW_BYTES;
  }

  consumeStream(stream: Http2Stream, bytes: number, more: boolean): void {
    stream.receiveWindow -= bytes;
    if (stream.receiveWindow < 0) throw new StreamError(stream.id, ErrorCode.FLOW_CONTROL_ERROR, 'stream window');
    if (!more || stream.receiveWindow > STREAM_WINDOW_BYTES / 2) return;
    this.#writer.windowUpdate(stream.id, STREAM_WINDOW_BYTES - stream.receiveWindow);
    stream.receiveWindow = STREAM_WINDOW_BYTES;
  }
}
