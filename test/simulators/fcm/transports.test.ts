import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { selfSignedIdentity } from '../../../simulators/fcm/certificate.ts';
import { startFcmSimulator, type FcmSimulator } from '../../../simulators/fcm/simulator.ts';
import { send } from './support/client.ts';

const PATH = '/v1/projects/demo-test/messages:send';

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly failure: string | undefined;
  readonly connection: string | undefined;
}

/** POSTs over HTTP/1.1, plain or TLS; never rejects. */
function post(url: string, token: string, options: https.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve) => {
    const { request } = url.startsWith('https') ? https : http;
    const client = request(
      url,
      { method: 'POST', headers: { authorization: 'Bearer test' }, ...options },
      (response) => {
        let body = '';
        const done = (failure?: string): void =>
          resolve({ status: response.statusCode, body, failure, connection: response.headers.connection });
        response.on('data', (piece: Buffer) => (body += piece.toString()));
        response.on('end', () => done());
        response.on('error', (error: NodeJS.ErrnoException) => done(error.code));
      },
    );
    client.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ status: undefined, body: '', failure: error.code, connection: undefined });
    });
    client.end(JSON.stringify({ message: { token } }));
  });
}

describe('transports', () => {
  let simulator: FcmSimulator;
  let plainUrl: string;
  let tlsUrl: string;
  let ca: string;

  before(async () => {
    simulator = await startFcmSimulator({ tlsPort: 0 });
    plainUrl = `http://${simulator.endpoint}${PATH}`;
    tlsUrl = `https://${simulator.tlsEndpoint}${PATH}`;
    ca = simulator.certificate ?? '';
  });

  after(() => simulator.close());

  it('HTTP/2 over TLS, the certificate verified', async () => {
    const session = http2.connect(`https://${simulator.tlsEndpoint}`, { ca });
    assert.equal((await send(session, { token: 'tls' })).status, 200);
    assert.equal(session.alpnProtocol, 'h2');
    assert.equal((await send(session, { token: 'reset-8:x' })).resetCode, 8);
    session.destroy();
  });

  it('TLS for the name fcm.googleapis.com', async () => {
    const session = http2.connect(`https://${simulator.tlsEndpoint}`, { ca, servername: 'fcm.googleapis.com' });
    assert.equal((await send(session, { token: 'named' })).status, 200);
    session.destroy();
  });

  it('a client that does not trust the certificate fails, and the server lives on', async () => {
    assert.equal((await post(tlsUrl, 'x')).failure, 'DEPTH_ZERO_SELF_SIGNED_CERT');
    assert.equal((await post(tlsUrl, 'x', { ca })).status, 200);
  });

  it('HTTP/1.1 on both ports, with the same answers', async () => {
    const agent = new https.Agent({ ca, ALPNProtocols: ['http/1.1'] });
    for (const [url, options] of [
      [plainUrl, {}],
      [tlsUrl, { ca }],
      [tlsUrl, { agent }],
    ] as const) {
      const accepted = await post(url, 'one', options);
      assert.equal(accepted.status, 200);
      assert.match(accepted.body, /"name": "projects\/demo-test\/messages\//);
      assert.equal((await post(url, 'dead:x', options)).status, 404);
      assert.equal((await post(url, 'html:x', options)).status, 502);
    }
    agent.destroy();
  });

  it('HTTP/1.1: resets, drops and lost answers are broken connections', async () => {
    for (const behaviour of ['reset-2', 'lost', 'drop', 'acceptdrop', 'cutoff']) {
      assert.equal((await post(plainUrl, `${behaviour}:x`)).failure, 'ECONNRESET', behaviour);
    }
  });

  it('HTTP/1.1: half a body and headers alone are never a whole answer', async () => {
    for (const behaviour of ['headersreset', 'halfbody']) {
      const { status, failure, body } = await post(plainUrl, `${behaviour}:x`);
      assert.deepEqual([status, failure], [200, 'ECONNRESET']);
      assert.equal(body.length > 0, behaviour === 'halfbody');
    }
  });

  it('HTTP/1.1: goaway closes the connection after its answer', async () => {
    const { status, connection } = await post(plainUrl, 'goaway:x', { agent: new http.Agent({ keepAlive: true }) });
    assert.deepEqual([status, connection], [200, 'close']);
  });

  it('anything but a POST to messages:send is 404, a missing token 401', async () => {
    const session = http2.connect(`http://${simulator.endpoint}`);
    assert.equal((await send(session, {}, { path: '/v1/projects/p/messages' })).status, 404);
    assert.equal((await send(session, { token: 'x' }, { path: `${PATH}?alt=json` })).status, 200);
    assert.equal((await send(session, { token: 'x' }, { authorization: null })).status, 401);
    assert.equal((await send(session, { token: 'x' }, { authorization: 'Basic x' })).status, 401);
    assert.equal((await send(session, { token: 'x' }, { authorization: 'Bearer' })).status, 401);
    session.destroy();
  });

  it('octets that are neither HTTP/1.1 nor HTTP/2 close the connection', async () => {
    const { connect } = await import('node:net');
    const { hostname, port } = new URL(plainUrl);
    const socket = connect(Number(port), hostname);
    socket.write('\u0000\u0001nonsense\r\n\r\n');
    await new Promise((resolve) =>
      socket
        .resume()
        .on('close', resolve)
        .on('error', () => {}),
    );
  });

  it('makes a certificate that OpenSSL reads', () => {
    const certificate = new X509Certificate(selfSignedIdentity(new Date('2026-05-05T00:00:00Z')).certificate);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.ok(certificate.ca);
    assert.equal(certificate.checkHost('fcm.googleapis.com'), 'fcm.googleapis.com');
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(new Date(certificate.validFrom).toISOString(), '2026-05-04T00:00:00.000Z');
    assert.equal(new Date(certificate.validTo).toISOString(), '2026-06-04T00:00:00.000Z');
  });

  it('rejects where a port is taken, and leaves nothing listening', async () => {
    const port = Number(simulator.endpoint.split(':')[1]);
    await assert.rejects(startFcmSimulator({ port }), { code: 'EADDRINUSE' });
  });

  it('takes only the access token it is told to', async () => {
    const strict = await startFcmSimulator({ accessToken: 'right' });
    const session = http2.connect(`http://${strict.endpoint}`);
    assert.equal((await send(session, { token: 'x' }, { authorization: 'Bearer wrong' })).status, 401);
    assert.equal((await send(session, { token: 'x' }, { authorization: 'Bearer right' })).status, 200);
    session.destroy();
    await strict.close();
  });
});
