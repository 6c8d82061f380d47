import { CLIENT_PREFACE, ConnectionError, DEFAULT_MAX_FRAME_BYTES, ErrorCode, FRAME_HEADER_BYTES } from './frames.ts';

/** Gets each frame as a slice of the bytes that were read: no copy, no object per frame. */
export type FrameSink = (
  type: number,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

/** Cuts the bytes of one client connection into frames, preface first, however they are split into chunks. */
export class FrameReader {
  readonly #sink: FrameSink;
  #rest: Buffer | undefined;
  #prefaceSeen = false;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whatever arrives from now on is discarded. Safe to call from within the sink. */
  stop(): void {
    this.#stopped = true;
    this.#rest = undefined;
  }

  /**
   * Takes the next chunk and hands on every frame it completes.
   * @throws ConnectionError on a wrong preface or a frame above SETTINGS_MAX_FRAME_SIZE (ours is the default, 16,384).
   */
  push(chunk: Buffer): void {
    if (this.#stopped) return;
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    const consumed = this.#frames(bytes, this.#preface(bytes));
    if (consumed < bytes.length && !this.#stopped) this.#rest = bytes.subarray(consumed);
  }

  #preface(bytes: Buffer): number {
    if (this.#prefaceSeen) return 0;
    const length = Math.min(bytes.length, CLIENT_PREFACE.length);
    if (bytes.compare(CLIENT_PREFACE, 0, length, 0, length) !== 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'not the client connection preface');
    }
    this.#prefaceSeen = length === CLIENT_PREFACE.length;
    return this.#prefaceSeen ? length : 0;
  }

  #frames(bytes: Buffer, from: number): number {
    let at = from;
    while (this.#prefaceSeen && bytes.length - at >= FRAME_HEADER_BYTES && !this.#stopped) {
      const length = bytes.readUIntBE(at, 3);
      if (length > DEFAULT_MAX_FRAME_BYTES) {
        throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `frame of ${length} octets`);
      }
      const start = at + FRAME_HEADER_BYTES;
      const end = start + length;
      if (end > bytes.length) break;
      const streamId = bytes.readUInt32BE(at + 5) & 0x7fffffff;
      this.#sink(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, streamId, bytes, start, end);
      at = end;
    }
    return at;
  }
}
