import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { TlsIdentity } from './certificate.ts';
import type { RequestHandler } from './exchange.ts';
import { Http2Connection } from './h2/connection.ts';
import { CLIENT_PREFACE } from './h2/frames.ts';
import { createHttp1Server } from './http1.ts';

/** Takes sockets, finds out what they speak (HTTP/2 or HTTP/1.1, plain or TLS) and keeps account of them. */
export class FrontDoor {
  readonly #handler: RequestHandler;
  readonly #http1: Server;
  readonly #http2 = new Set<Http2Connection>();
  readonly #ids = new WeakMap<Socket, number>();
  readonly #sockets = new Set<Socket>();
  readonly #unread = new Set<() => void>();
  #connectionsTotal = 0;
  #silent = false;
  #maxConcurrentStreams: number;

  constructor(handler: RequestHandler, maxConcurrentStreams: number) {
    this.#handler = handler;
    this.#maxConcurrentStreams = maxConcurrentStreams;
    this.#http1 = createHttp1Server(handler, (socket) => this.#ids.get(socket) ?? 0);
  }

  /** Sockets now open, and connections that ever came as far as speaking HTTP. */
  get connections(): { open: number; total: number } {
    return { open: this.#sockets.size, total: this.#connectionsTotal };
  }

  /** HTTP/2 streams that have been opened and not yet ended. */
  get openStreams(): number {
    let sum = 0;
    for (const connection of this.#http2) sum += connection.openStreams;
    return sum;
  }

  /** A cleartext socket: what it speaks shows in its first octets. */
  readonly plain = (socket: Socket): void => {
    this.#admit(socket, () => this.#sniff(socket));
  };

  /** The same for sockets that begin with a TLS handshake; ALPN offers h2 and http/1.1. */
  tls(identity: TlsIdentity): (socket: Socket) => void {
    const server: TlsServer = createTlsServer({
      cert: identity.certificate,
      key: identity.privateKey,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    server.on('secureConnection', (secure) => {
      // A session that was negotiated is followed, whatever the first octets look like.
      if (secure.alpnProtocol === 'h2') this.#startHttp2(secure);
      else this.#startHttp1(secure);
    });
    // A failed handshake is the client's affair; its socket is already gone.
    server.on('tlsClientError', () => {});
    return (socket) => this.#admit(socket, () => server.emit('connection', socket));
  }

  setMaxConcurrentStreams(streams: number): void {
    if (streams === this.#maxConcurrentStreams) return;
    this.#maxConcurrentStreams = streams;
    for (const connection of this.#http2) connection.setMaxConcurrentStreams(streams);
  }

  /** While silent, sockets are accepted and nothing on them is read or answered. */
  setSilent(silent: boolean): void {
    if (silent === this.#silent) return;
    this.#silent = silent;
    for (const connection of this.#http2) {
      if (silent) connection.freeze();
      else connection.thaw();
    }
    if (silent) return;
    const unread = [...this.#unread];
    this.#unread.clear();
    for (const start of unread) start();
  }

  /** Sends GOAWAY on every HTTP/2 connection; see `Http2Connection.goAwayCutting`. Returns how many there were. */
  goAway(cutStreams: number): number {
    const connections = [...this.#http2];
    for (const connection of connections) connection.goAwayCutting(cutStreams);
    return connections.length;
  }

  /** Closes every HTTP/2 connection after so many more messages on it. Returns how many there were. */
  closeConnections(afterMessages: number): number {
    const connections = [...this.#http2];
    for (const connection of connections) connection.closeAfter(afterMessages);
    return connections.length;
  }

  #admit(socket: Socket, start: () => void): void {
    this.#sockets.add(socket);
    // Peers that vanish are everyday business here; 'close' follows and does the rest.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#unread.delete(start);
    });
    if (this.#silent) this.#unread.add(start);
    else start();
  }

  #sniff(socket: Socket): void {
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.unshift(first);
      const length = Math.min(first.length, CLIENT_PREFACE.length);
      const isHttp2 = first.compare(CLIENT_PREFACE, 0, length, 0, length) === 0;
      if (isHttp2) this.#startHttp2(socket);
      else this.#startHttp1(socket);
    });
  }

  #startHttp1(socket: Socket): void {
    this.#number(socket);
    this.#http1.emit('connection', socket);
  }

  #startHttp2(socket: Socket): void {
    const id = this.#number(socket);
    const connection = new Http2Connection(socket, id, this.#maxConcurrentStreams, this.#handler);
    this.#http2.add(connection);
    socket.on('close', () => this.#http2.delete(connection));
    if (this.#silent) connection.freeze();
  }

  #number(socket: Socket): number {
    this.#connectionsTotal += 1;
    this.#ids.set(socket, this.#connectionsTotal);
    return this.#connectionsTotal;
  }
}
