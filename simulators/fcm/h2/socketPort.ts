import type { Socket } from 'node:net';
import type { FrameWriter } from './frameWriter.ts';

export interface SocketEvents {
  chunk(bytes: Buffer): void;
  closed(): void;
}

/** The socket under a connection: one write per read or per turn of the event loop, no reading ahead of a slow peer. */
export class SocketPort {
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #events: SocketEvents;
  #reading = false;
  #flushPlanned = false;
  #ending = false;
  #frozen = false;
  #full = false;

  constructor(socket: Socket, writer: FrameWriter, events: SocketEvents) {
    this.#socket = socket;
    this.#writer = writer;
    this.#events = events;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('drain', () => this.#drained());
    // Always followed by 'close', which is where the state is dropped.
    socket.on('error', () => {});
    socket.on('close', () => events.closed());
  }

  /** Flushes at the end of the read in progress, or else in this turn of the event loop. */
  flushSoon(): void {
    if (this.#reading || this.#flushPlanned) return;
    this.#flushPlanned = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.#flushPlanned = false;
    if (this.#frozen) return;
    const bytes = this.#writer.take();
    if (bytes && this.#socket.writable && !this.#socket.write(bytes) && !this.#full) {
      this.#full = true;
      this.#socket.pause();
    }
    if (this.#ending) this.#socket.end();
  }

  /** Closes in order once everything that is written has left. */
  end(): void {
    this.#ending = true;
    this.flushSoon();
  }

  /** Closes with a reset where the socket can. */
  destroy(): void {
    if ('encrypted' in this.#socket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  freeze(): void {
    this.#frozen = true;
    this.#socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    if (!this.#full) this.#socket.resume();
    this.flush();
  }

  #read(bytes: Buffer): void {
    this.#reading = true;
    try {
      this.#events.chunk(bytes);
    } finally {
      this.#reading = false;
      this.flush();
    }
  }

  #drained(): void {
    this.#full = false;
    if (!this.#frozen) this.#socket.resume();
  }
}
