import { ConnectionError, ErrorCode, StreamError } from './frames.ts';
import type { Http2Stream } from './stream.ts';

/** How many streams that we reset are remembered, so that what the client had under way for them is forgiven. */
const RESET_MEMORY = 10_000;

/** The streams of one connection: which are open, which were reset by us, which are not to be looked at. */
export class StreamTable {
  readonly #open = new Map<number, Http2Stream>();
  readonly #resetByUs = new Set<number>();
  /** Highest stream id the client has opened. */
  lastOpenedId = 0;
  /** Highest stream id whose request was handed on: a GOAWAY must never name a lower one. */
  lastProcessedId = 0;
  /** Streams from this id on are discarded unread: the GOAWAY that says so is sent or about to be. */
  ignoreFrom = Infinity;

  get size(): number {
    return this.#open.size;
  }

  get(id: number): Http2Stream | undefined {
    return this.#open.get(id);
  }

  values(): Iterable<Http2Stream> {
    return this.#open.values();
  }

  add(stream: Http2Stream): void {
    this.#open.set(stream.id, stream);
  }

  /** Ends a stream; answers that come later go nowhere. */
  close(stream: Http2Stream): void {
    stream.open = false;
    this.#open.delete(stream.id);
  }

  rememberReset(id: number): void {
    this.#resetByUs.add(id);
    if (this.#resetByUs.size <= RESET_MEMORY) return;
    for (const oldest of this.#resetByUs) {
      this.#resetByUs.delete(oldest);
      return;
    }
  }

  closeAll(): void {
    for (const stream of this.#open.values()) stream.open = false;
    this.#open.clear();
  }

  /** Discards every stream from `id` on, as if it had never been read. Returns those that were open. */
  discardFrom(id: number): Http2Stream[] {
    this.ignoreFrom = Math.min(this.ignoreFrom, id);
    const discarded = [...this.#open.values()].filter((stream) => stream.id >= id);
    for (const stream of discarded) this.close(stream);
    return discarded;
  }

  /**
   * The stream that a frame other than its first HEADERS is for; undefined when the frame is to be ignored.
   * @throws ConnectionError for a stream never opened, StreamError for one that is closed.
   */
  forFrame(id: number): Http2Stream | undefined {
    const stream = this.#open.get(id);
    if (stream) return stream;
    if (id > this.lastOpenedId || id % 2 === 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `frame on idle stream ${id}`);
    }
    if (id >= this.ignoreFrom || this.#resetByUs.has(id)) return undefined;
    throw new StreamError(id, ErrorCode.STREAM_CLOSED, 'frame on closed stream');
  }

  /**
   * Notes that the client opens stream `id`. False when it is to be discarded.
   * @throws ConnectionError for ids that are even or go backwards (RFC 9113, 5.1.1).
   */
  opening(id: number): boolean {
    if (id % 2 === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'clients open odd streams');
    if (id <= this.lastOpenedId) {
      if (id >= this.ignoreFrom || this.#resetByUs.has(id)) return false;
      throw new ConnectionError(ErrorCode.STREAM_CLOSED, `stream ${id} opened again`);
    }
    this.lastOpenedId = id;
    return id < this.ignoreFrom;
  }
}
