import type { TlsIdentity } from '../../../../simulators/fcm/certificate.ts';
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect, createServer as createRelay, type AddressInfo, type Server, type Socket } from 'node:net';

/** An HTTP/2 server under the test's hand. It has no opinion about messages. */
export interface TestServer {
  readonly origin: URL;
  /** Connections, in the order in which they came. */
  readonly sessions: readonly ServerHttp2Session[];
  /** Requests that are not answered yet, oldest first. */
  readonly waiting: ServerHttp2Stream[];
  /** The Authorization of each request. */
  readonly authorizations: readonly (string | undefined)[];
  /** Most streams that were open at once on one connection. */
  readonly mostStreams: number;
  /** Answers so many of those that wait; all where no number is given. */
  readonly answer: (count?: number) => void;
  /** From now on nothing that is sent on the open connections arrives, and nobody is told. */
  readonly cutWires: () => void;
  readonly close: () => Promise<void>;
}

export interface TestServerOptions {
  readonly maxConcurrentStreams?: number;
  /** Answers each request as soon as it is here. */
  readonly prompt?: boolean;
  /** Sees each connection first. */
  readonly onSession?: (session: ServerHttp2Session) => void;
  /** Speaks TLS. */
  readonly identity?: TlsIdentity;
}

export async function startTestServer({
  maxConcurrentStreams = 100,
  prompt = false,
  identity,
  onSession,
}: TestServerOptions = {}): Promise<TestServer> {
  const settings = { maxConcurrentStreams };
  const server: Http2Server | Http2SecureServer = identity
    ? createSecureServer({ settings, cert: identity.certificate, key: identity.privateKey })
    : createServer({ settings });
  const sessions: ServerHttp2Session[] = [];
  const waiting: ServerHttp2Stream[] = [];
  const authorizations: (string | undefined)[] = [];
  let mostStreams = 0;
  server.on('session', (session) => {
    let streams = 0;
    sessions.push(session);
    session.on('error', () => {});
    onSession?.(session);
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      authorizations.push(headers.authorization);
      streams += 1;
      mostStreams = Math.max(mostStreams, streams);
      stream.on('error', () => {});
      stream.on('close', () => (streams -= 1));
      stream.resume().on('end', () => {
        if (prompt) reply(stream);
        else waiting.push(stream);
      });
    });
  });
  const wires = await layWires(await listen(server));
  return {
    origin: new URL(`${identity ? 'https' : 'http'}://127.0.0.1:${wires.port}`),
    sessions,
    waiting,
    authorizations,
    get mostStreams() {
      return mostStreams;
    },
    answer(count = waiting.length) {
      for (const stream of waiting.splice(0, count)) reply(stream);
    },
    cutWires: wires.cut,
    async close() {
      await wires.close();
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server | Http2Server | Http2SecureServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A relay to `port`. Node's HTTP/2 sockets cannot be paused, so it takes something between them to play dead. */
async function layWires(port: number): Promise<{ port: number; cut: () => void; close: () => Promise<void> }> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const relay = createRelay((near) => {
    const far = connect(port, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const relayPort = await listen(relay);
  return {
    port: relayPort,
    cut() {
      for (const [near, far] of pairs) {
        near.unpipe(far).resume();
        far.unpipe(near).resume();
      }
    },
    async close() {
      for (const [near] of pairs) near.destroy();
      relay.close();
      await once(relay, 'close');
    },
  };
}

function reply(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200 });
  stream.end('{"name":"n"}');
}
