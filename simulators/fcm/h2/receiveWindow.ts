import { DEFAULT_WINDOW_BYTES } from './frames.ts';
import type { FrameWriter } from './frameWriter.ts';
import type { Http2Stream } from './stream.ts';

/** Our SETTINGS_INITIAL_WINDOW_SIZE: an honest message never waits for a grant. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

/**
 * What the client may send. It is granted again as soon as half is used, and a frame is far smaller than the other
 * half: the window never runs out, so there is no overrun to punish.
 */
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
    if (this.#connectionBytes > CONNECTION_WINDOW_BYTES / 2) return;
    this.#writer.windowUpdate(0, CONNECTION_WINDOW_BYTES - this.#connectionBytes);
    this.#connectionBytes = CONNECTION_WINDOW_BYTES;
  }

  consumeStream(stream: Http2Stream, bytes: number, more: boolean): void {
    stream.receiveWindow -= bytes;
    if (!more || stream.receiveWindow > STREAM_WINDOW_BYTES / 2) return;
    this.#writer.windowUpdate(stream.id, STREAM_WINDOW_BYTES - stream.receiveWindow);
    stream.receiveWindow = STREAM_WINDOW_BYTES;
  }
}
