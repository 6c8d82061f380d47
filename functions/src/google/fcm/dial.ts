import { request as httpRequest } from 'node:http';
import http2, { type ClientHttp2Session } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as tcpConnect, isIP } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { Duplex } from 'node:stream';

/** Where FCM is, and the way there. */
export interface Target {
  /** `https://fcm.googleapis.com`, or `http://host:port` for cleartext HTTP/2 with prior knowledge. */
  readonly origin: URL;
  /** `http://` or `https://` proxy that opens a CONNECT tunnel; credentials in the URL are used. */
  readonly proxyUrl?: URL;
  /** PEM of what to trust in place of the system's authorities. */
  readonly ca?: string;
}

/** A session that has begun to connect; it may still fail, which its 'error' and 'close' events say. */
export interface Dialled {
  readonly session: ClientHttp2Session;
  /**
   * What it runs on. A session that the server took leave of ends its socket politely and waits for the other side;
   * only destroying the socket ends it for certain.
   */
  readonly socket: Duplex;
}

export type Dial = (signal: AbortSignal) => Promise<Dialled>;

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Makes what opens HTTP/2 sessions to the target. TLS certificates are always verified. */
export function dialer({ origin, proxyUrl, ca }: Target): Dial {
  const secure = origin.protocol === 'https:';
  const port = Number(origin.port) || (secure ? HTTPS_PORT : HTTP_PORT);
  // An IP address may be no server name (RFC 6066, 3); the certificate is then held against `host`.
  const name = isIP(origin.hostname) === 0 ? { servername: origin.hostname } : {};
  const tls = { host: origin.hostname, port, ...name, ALPNProtocols: ['h2'], ...(ca === undefined ? {} : { ca }) };
  return async (signal) => {
    const tunnel = proxyUrl === undefined ? undefined : await openTunnel(origin, proxyUrl, signal);
    const socket = secure
      ? tlsConnect({ ...tls, ...(tunnel === undefined ? {} : { socket: tunnel }) })
      : (tunnel ?? tcpConnect(port, origin.hostname));
    const session = http2.connect(origin, { settings: { enablePush: false }, createConnection: () => socket });
    return { session, socket };
  };
}

/** Opens a tunnel with HTTP CONNECT (RFC 9110, 9.3.6). Rejects where the proxy does not answer 2xx. */
function openTunnel(origin: URL, proxyUrl: URL, signal: AbortSignal): Promise<Duplex> {
  const authority = `${origin.hostname}:${origin.port || HTTPS_PORT}`;
  const credentials = `${decodeURIComponent(proxyUrl.username)}:${decodeURIComponent(proxyUrl.password)}`;
  const authorization =
    credentials === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
  const request = (proxyUrl.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: proxyUrl.hostname,
    ...(proxyUrl.port === '' ? {} : { port: Number(proxyUrl.port) }),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...authorization },
    agent: false,
    signal,
  });
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('connect', ({ statusCode = 0 }, socket: Duplex, head: Buffer) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        reject(new Error(`the proxy answered ${statusCode} to CONNECT`));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.on('response', (response) => {
      response.destroy();
      reject(new Error(`the proxy answered ${response.statusCode} to CONNECT`));
    });
    request.end();
  });
}
