import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeHeaderBlock } from '../../../../simulators/fcm/hpack/encoder.ts';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** A frame in octets, right or wrong: nothing is checked. */
export function frame(type: number, flags: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const REQUEST_FIELDS = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/v1/projects/demo-test/messages:send'],
  ['authorization', 'Bearer test'],
] as const;

export const requestBlock = (): Buffer => encodeHeaderBlock(REQUEST_FIELDS);

export const body = (token: string): Buffer => Buffer.from(JSON.stringify({ message: { token } }));

/** A client that speaks octets. */
export class RawConnection {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: () => void = () => {};
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** Connects; sends preface and SETTINGS unless `bare`. */
  static async open(endpoint: string, bare = false): Promise<RawConnection> {
    const { hostname, port } = new URL(`http://${endpoint}`);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    const raw = new RawConnection(socket);
    if (!bare) raw.write(PREFACE, frame(4, 0, 0));
    return raw;
  }

  write(...bytes: Buffer[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  /** A whole request. */
  request(streamId: number, token: string): void {
    this.write(frame(1, 0x4, streamId, requestBlock()), frame(0, 0x1, streamId, body(token)));
  }

  /** The next frame for which `wanted` holds, others skipped; undefined where the connection ends first. */
  async next(wanted: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#take();
      if (frame && wanted(frame)) return frame;
      if (frame) continue;
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  nextOfType(type: number): Promise<Frame | undefined> {
    return this.next((frame) => frame.type === type);
  }

  /** Passes when the stream is answered with 200. */
  async status200(streamId: number): Promise<void> {
    const headers = await this.next((frame) => frame.type === HEADERS && frame.streamId === streamId);
    // 0x88 is ":status: 200" of the static table.
    assert.equal(headers?.payload[0], 0x88);
  }

  async goAwayCode(): Promise<number> {
    const frame = await this.nextOfType(GOAWAY);
    assert.ok(frame, 'the connection ended without GOAWAY');
    return frame.payload.readUInt32BE(4);
  }

  async resetCode(streamId: number): Promise<number | undefined> {
    const frame = await this.next((frame) => frame.type === RST_STREAM || frame.type === GOAWAY);
    assert.equal(frame?.type, RST_STREAM);
    assert.equal(frame?.streamId, streamId);
    return frame?.payload.readUInt32BE(0);
  }

  /** Sends no more; what the server sends is still read. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(): Frame | undefined {
    if (this.#bytes.length < 9) return undefined;
    const end = 9 + this.#bytes.readUIntBE(0, 3);
    if (this.#bytes.length < end) return undefined;
    const [, , , type = 0, flags = 0] = this.#bytes;
    const frame = { type, flags, streamId: this.#bytes.readUInt32BE(5), payload: this.#bytes.subarray(9, end) };
    this.#bytes = this.#bytes.subarray(end);
    return frame;
  }
}
