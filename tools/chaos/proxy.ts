import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pipeline, Transform } from 'node:stream';

/**
 * Stands between a client and a server on this machine, so that the way between them can be cut or be slow. It listens
 * before the server is known: connections wait for `forwardTo`.
 */
export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target = Promise.withResolvers<string>();
  #delayMs = 0;
  /** Pieces of data that had to wait so far. */
  delayed = 0;

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.#connect(socket));
  }

  static async listen(): Promise<Proxy> {
    const proxy = new Proxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** `host:port` that the client is told. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param target `host:port` of the server */
  forwardTo(target: string): void {
    this.#target.resolve(target);
  }

  /** Resets every open connection on both sides. @returns how many there were */
  cut(): number {
    const sockets = [...this.#sockets];
    for (const socket of sockets) socket.resetAndDestroy();
    return sockets.length;
  }

  /** What comes through from now on waits so long, in each direction; 0 for not at all. */
  slowDown(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  async #connect(client: Socket): Promise<void> {
    this.#sockets.add(client);
    client.once('close', () => this.#sockets.delete(client));
    client.on('error', ignore);
    const [host, port] = (await this.#target.promise).split(':');
    if (client.destroyed) return;
    const server = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
    pipeline(client, this.#line(), server, ignore);
    pipeline(server, this.#line(), client, ignore);
  }

  #line(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (this.#delayMs === 0) return done(null, chunk);
        this.delayed += 1;
        setTimeout(done, this.#delayMs, null, chunk);
      },
    });
  }
}

/** A connection that breaks is what this is for. */
function ignore(): void {}
