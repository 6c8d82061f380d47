import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Deadline } from '../../../../functions/src/google/fcm/deadline.ts';
import { dialer } from '../../../../functions/src/google/fcm/dial.ts';
import type { Exchange } from '../../../../functions/src/google/fcm/exchange.ts';
import { ConnectionPool } from '../../../../functions/src/google/fcm/pool.ts';
import { selfSignedIdentity } from '../../../../simulators/fcm/certificate.ts';
import { startTestServer, type TestServer } from './server.ts';

interface Proxy {
  readonly url: URL;
  /** What was asked of it: target and credentials. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

/** A proxy that opens tunnels, or answers with `refusal`. */
async function startProxy(refusal?: string): Promise<Proxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const server: Server = createServer();
  server.on('connect', (request, near: Duplex) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization']}`);
    sockets.add(near);
    near.on('error', () => {});
    if (refusal !== undefined) {
      near.end(`HTTP/1.1 ${refusal}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const far = connect(Number(port), host);
    sockets.add(far);
    far.on('error', () => near.destroy());
    far.on('connect', () => {
      near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function postThrough(proxyUrl: URL, { origin }: TestServer, ca?: string): Promise<Exchange> {
  const log = { info() {}, warn() {}, error() {} };
  const pool = new ConnectionPool(dialer({ origin, proxyUrl, ...(ca === undefined ? {} : { ca }) }), log);
  const deadline = new Deadline(2_000);
  try {
    return await pool.post({ ':method': 'POST', ':path': '/' }, '{}', deadline);
  } finally {
    deadline.cancel();
    await pool.close();
  }
}

describe('the way through a proxy', () => {
  let server: TestServer;
  beforeEach(async () => (server = await startTestServer({ prompt: true })));
  afterEach(() => server.close());

  it('is a tunnel to FCM, opened with the credentials of the URL', async () => {
    const proxy = await startProxy();
    const url = new URL(proxy.url);
    url.username = 'us er';
    url.password = 'p:w';
    const exchange = await postThrough(url, server);
    await proxy.close();
    assert.equal(exchange.kind, 'answered');
    assert.deepEqual(proxy.asked, [`${server.origin.host} Basic ${Buffer.from('us er:p:w').toString('base64')}`]);
  });

  it('needs no credentials', async () => {
    const proxy = await startProxy();
    const exchange = await postThrough(proxy.url, server);
    await proxy.close();
    assert.equal(exchange.kind, 'answered');
    assert.deepEqual(proxy.asked, [`${server.origin.host} undefined`]);
  });

  it('is a tunnel with TLS in it, and the certificate is verified', async () => {
    const identity = selfSignedIdentity();
    const secure = await startTestServer({ prompt: true, identity });
    const proxy = await startProxy();
    const trusted = await postThrough(proxy.url, secure, identity.certificate);
    const untrusted = await postThrough(proxy.url, secure);
    await proxy.close();
    await secure.close();
    assert.equal(trusted.kind, 'answered');
    assert.deepEqual(untrusted, { kind: 'notSent' });
  });

  for (const refusal of ['407 Proxy Authentication Required', '502 Bad Gateway']) {
    it(`sends nothing where the proxy answers ${refusal}`, async () => {
      const proxy = await startProxy(refusal);
      const exchange = await postThrough(proxy.url, server);
      await proxy.close();
      assert.deepEqual(exchange, { kind: 'notSent' });
      assert.equal(server.sessions.length, 0);
    });
  }

  it('sends nothing where there is no proxy', async () => {
    const proxy = await startProxy();
    await proxy.close();
    assert.deepEqual(await postThrough(proxy.url, server), { kind: 'notSent' });
  });
});
