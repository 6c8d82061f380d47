import { Flag, FRAME_HEADER_BYTES, FrameType } from './frames.ts';

const FIRST_BUFFER_BYTES = 16 * 1024;

/** Collects outgoing frames, so that all answers to one read leave in one write. */
export class FrameWriter {
  #buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  #length = 0;

  /** What was written since the last call; undefined when nothing was. */
  take(): Buffer | undefined {
    if (this.#length === 0) return undefined;
    const bytes = this.#buffer.subarray(0, this.#length);
    // The socket still owns these bytes: the next frames need memory of their own, sized like the last round.
    this.#buffer = Buffer.allocUnsafe(Math.max(FIRST_BUFFER_BYTES, this.#length));
    this.#length = 0;
    return bytes;
  }

  headers(streamId: number, block: Buffer, endStream: boolean): void {
    const at = this.#frame(
      FrameType.HEADERS,
      Flag.END_HEADERS | (endStream ? Flag.END_STREAM : 0),
      streamId,
      block.length,
    );
    block.copy(this.#buffer, at);
  }

  /** A whole text body as one DATA frame; `bodyBytes` is its length in UTF-8. */
  text(streamId: number, body: string, bodyBytes: number): void {
    const at = this.#frame(FrameType.DATA, Flag.END_STREAM, streamId, bodyBytes);
    this.#buffer.write(body, at);
  }

  data(streamId: number, body: Buffer, endStream: boolean): void {
    const at = this.#frame(FrameType.DATA, endStream ? Flag.END_STREAM : 0, streamId, body.length);
    body.copy(this.#buffer, at);
  }

  settings(settings: readonly (readonly [setting: number, value: number])[]): void {
    let at = this.#frame(FrameType.SETTINGS, 0, 0, settings.length * 6);
    for (const [setting, value] of settings) {
      this.#buffer.writeUInt16BE(setting, at);
      this.#buffer.writeUInt32BE(value, at + 2);
      at += 6;
    }
  }

  settingsAck(): void {
    this.#frame(FrameType.SETTINGS, Flag.ACK, 0, 0);
  }

  pingAck(bytes: Buffer, start: number): void {
    const at = this.#frame(FrameType.PING, Flag.ACK, 0, 8);
    bytes.copy(this.#buffer, at, start, start + 8);
  }

  windowUpdate(streamId: number, incrementBytes: number): void {
    const at = this.#frame(FrameType.WINDOW_UPDATE, 0, streamId, 4);
    this.#buffer.writeUInt32BE(incrementBytes, at);
  }

  rstStream(streamId: number, code: number): void {
    const at = this.#frame(FrameType.RST_STREAM, 0, streamId, 4);
    this.#buffer.writeUInt32BE(code, at);
  }

  goAway(lastStreamId: number, code: number, debug = ''): void {
    const at = this.#frame(FrameType.GOAWAY, 0, 0, 8 + debug.length);
    this.#buffer.writeUInt32BE(lastStreamId, at);
    this.#buffer.writeUInt32BE(code, at + 4);
    this.#buffer.write(debug, at + 8, 'latin1');
  }

  /** Writes a frame header and makes room for the payload; returns where the payload goes. */
  #frame(type: number, flags: number, streamId: number, payloadBytes: number): number {
    const at = this.#length;
    const end = at + FRAME_HEADER_BYTES + payloadBytes;
    if (end > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    this.#buffer.writeUIntBE(payloadBytes, at, 3);
    this.#buffer[at + 3] = type;
    this.#buffer[at + 4] = flags;
    this.#buffer.writeUInt32BE(streamId, at + 5);
    this.#length = end;
    return at + FRAME_HEADER_BYTES;
  }
}
