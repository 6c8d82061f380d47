import { ConnectionError, ErrorCode, Flag } from './frames.ts';

/** Longest header block taken, all fragments together: ends a flood of CONTINUATION frames. */
const MAX_BLOCK_BYTES = 64 * 1024;

/** A whole header block and what its HEADERS frame said. */
export interface HeaderBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Puts HEADERS and CONTINUATION frames together (RFC 9113, 6.2 and 6.10). */
export class HeaderAssembly {
  #streamId = 0;
  #endStream = false;
  #fragments: Buffer[] = [];
  #length = 0;

  /** The stream whose block is unfinished: no frame but its CONTINUATION may come. 0 where there is none. */
  get pendingStreamId(): number {
    return this.#streamId;
  }

  /** Takes a HEADERS frame, its padding and priority removed. Undefined while CONTINUATION is awaited. */
  begin(flags: number, streamId: number, bytes: Buffer, start: number, end: number): HeaderBlock | undefined {
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if (flags & Flag.END_HEADERS) return { streamId, endStream, bytes, start, end };
    this.#streamId = streamId;
    this.#endStream = endStream;
    this.#length = 0;
    this.#add(bytes.subarray(start, end));
    return undefined;
  }

  continue(flags: number, streamId: number, piece: Buffer): HeaderBlock | undefined {
    if (streamId !== this.#streamId || streamId === 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'CONTINUATION without HEADERS');
    }
    this.#add(piece);
    if (!(flags & Flag.END_HEADERS)) return undefined;
    const bytes = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#streamId = 0;
    return { streamId, endStream: this.#endStream, bytes, start: 0, end: bytes.length };
  }

  #add(piece: Buffer): void {
    this.#length += piece.length;
    // A fragment without octets costs nothing here but a turn of the loop, so it is charged as one octet.
    this.#length += piece.length === 0 ? 1 : 0;
    if (this.#length > MAX_BLOCK_BYTES) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'header block above 64 KiB');
    }
    this.#fragments.push(piece);
  }
}
