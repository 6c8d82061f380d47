import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A listening port that can stop listening and come back under the same number. */
export class Listener {
  readonly #server: Server;
  readonly #host: string;
  readonly #sockets = new Set<Socket>();
  #port: number;
  // Listening and closing are asynchronous; one at a time keeps a quick off-and-on in order.
  #last: Promise<void> = Promise.resolve();

  private constructor(host: string, port: number, onSocket: (socket: Socket) => void) {
    this.#host = host;
    this.#port = port;
    // noDelay: a frame in a packet of its own must not wait for the acknowledgement of the one before.
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      onSocket(socket);
    });
  }

  /** Listens; port 0 takes a free one. Rejects where the port cannot be had. */
  static async listen(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Listener> {
    const listener = new Listener(host, port, onSocket);
    await listener.#listen();
    return listener;
  }

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `${this.#host.includes(':') ? `[${this.#host}]` : this.#host}:${this.#port}`;
  }

  /** Connections are refused, and those that are open are reset, until `resume`. */
  refuse(): Promise<void> {
    return this.#then(async () => {
      if (!this.#server.listening) return;
      this.#server.close();
      for (const socket of this.#sockets) socket.resetAndDestroy();
      await once(this.#server, 'close');
    });
  }

  resume(): Promise<void> {
    return this.#then(() => (this.#server.listening ? Promise.resolve() : this.#listen()));
  }

  close(): Promise<void> {
    return this.refuse();
  }

  #then(step: () => Promise<void>): Promise<void> {
    const next = this.#last.then(step);
    this.#last = next.catch(() => {});
    return next;
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, this.#host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }
}
