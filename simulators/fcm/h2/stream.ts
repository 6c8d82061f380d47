import type { Exchange, Reply } from '../exchange.ts';
import type { RequestHead } from './requestHead.ts';

/** What a stream asks of the connection that carries it. */
export interface StreamOwner {
  readonly id: number;
  respond(stream: Http2Stream, reply: Reply): void;
  respondPartly(stream: Http2Stream, reply: Reply, bodyBytes: number): void;
  resetStream(stream: Http2Stream, code: number): void;
  destroy(): void;
  goAway(): void;
  cutOff(stream: Http2Stream): void;
}

/** One request on one HTTP/2 connection, from its headers until both sides are done. */
export class Http2Stream implements Exchange {
  readonly id: number;
  readonly head: RequestHead;
  readonly #owner: StreamOwner;
  #body: Buffer[] = [];
  bodyBytes = 0;
  /** Octets the client may still send before we grant more. */
  receiveWindow: number;
  /** Octets we may still send before the client grants more. */
  sendWindow: number;
  /** True once the request is complete. */
  remoteClosed = false;
  /** False once the stream ended, by whatever way: every answer that comes later is discarded. */
  open = true;
  /** The rest of a response that waits for window. */
  unsent: Buffer | undefined;

  constructor(owner: StreamOwner, id: number, head: RequestHead, receiveWindow: number, sendWindow: number) {
    this.#owner = owner;
    this.id = id;
    this.head = head;
    this.receiveWindow = receiveWindow;
    this.sendWindow = sendWindow;
  }

  get connectionId(): number {
    return this.#owner.id;
  }

  /** Keeps a piece of the body, unless the body has passed `maxBytes`: then only its size goes on counting. */
  append(piece: Buffer, maxBytes: number): void {
    this.bodyBytes += piece.length;
    if (this.bodyBytes > maxBytes) this.#body = [];
    else this.#body.push(piece);
  }

  /** The request body as it arrived; nothing is kept here afterwards. */
  takeBody(): Buffer {
    const [first] = this.#body;
    const body = first && this.#body.length === 1 ? first : Buffer.concat(this.#body);
    this.#body = [];
    return body;
  }

  respond(reply: Reply): void {
    this.#owner.respond(this, reply);
  }

  respondPartly(reply: Reply, bodyBytes: number): void {
    this.#owner.respondPartly(this, reply, bodyBytes);
  }

  reset(code: number): void {
    this.#owner.resetStream(this, code);
  }

  destroyConnection(): void {
    this.#owner.destroy();
  }

  goAway(): void {
    this.#owner.goAway();
  }

  cutOff(): void {
    this.#owner.cutOff(this);
  }
}
