import { EventEmitter } from 'node:events';
import http2 from 'node:http2';
import { applicationDefault, deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import type { OpenSender, SenderOptions } from './sender.ts';
import { judgeExchange } from './answer.ts';
import { CONNECTION_LOST, NOT_SENT, TIMED_OUT, type Exchange } from './exchange.ts';
import { toAdminMessage } from './wire.ts';

let apps = 0;

/** PRELIMINARY: one connection per batch. */
export function createSendEachSender({ projectId, emulatorHost, deadlineMs }: SenderOptions): OpenSender {
  const credential = emulatorHost
    ? { getAccessToken: () => Promise.resolve({ access_token: 'owner', expires_in: 3600 }) }
    : applicationDefault();
  const app: App = initializeApp({ projectId, credential }, `fcm-sender-${(apps += 1)}`);
  const messaging = getMessaging(app);
  const origin = emulatorHost ? `http://${emulatorHost}` : 'https://fcm.googleapis.com';
  return {
    async send(pushes, onResult) {
      const seen = new WeakMap<object, Exchange>();
      const session = http2.connect(origin);
      session.on('error', () => {});
      const post = (headers: http2.OutgoingHttpHeaders, body: Buffer): Promise<Exchange> =>
        new Promise((resolve) => {
          if (session.destroyed || session.closed) return resolve(NOT_SENT);
          const stream = session.request({ ...headers, ':scheme': new URL(origin).protocol.slice(0, -1) });
          let status = 0;
          let retryAfter: string | undefined;
          const chunks: Buffer[] = [];
          const timer = setTimeout(() => {
            resolve(session.connecting ? NOT_SENT : TIMED_OUT);
            stream.close(http2.constants.NGHTTP2_CANCEL);
          }, deadlineMs);
          stream.on('response', (head) => {
            status = head[':status'] ?? 0;
            retryAfter = head['retry-after'];
          });
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('error', () => {});
          stream.on('close', () => {
            clearTimeout(timer);
            if (status !== 0) {
              const body = Buffer.concat(chunks).toString();
              resolve({ kind: 'answered', status, body, ...(retryAfter === undefined ? {} : { retryAfter }) });
            } else resolve(stream.pending || stream.rstCode === 7 ? NOT_SENT : CONNECTION_LOST);
          });
          stream.end(body);
        });
      const facade = Object.assign(new EventEmitter(), {
        closed: false,
        close() {},
        request(headers: http2.OutgoingHttpHeaders) {
          const fake = Object.assign(new EventEmitter(), {
            setTimeout() {},
            destroy() {},
            end(body: Buffer) {
              void post(headers, body).then((exchange) => {
                if (exchange.kind === 'answered') {
                  const head = { ':status': exchange.status === 503 ? 500 : exchange.status };
                  seen.set(head, exchange);
                  fake.emit('response', head);
                  fake.emit('data', Buffer.from(exchange.body));
                  fake.emit('end');
                } else {
                  const error = new Error(exchange.kind);
                  seen.set(error, exchange);
                  fake.emit('error', error);
                }
              });
            },
          });
          return fake;
        },
      });
      const connect = http2.connect;
      let answer;
      try {
        http2.connect = (() => facade) as unknown as typeof connect;
        answer = messaging.sendEach(pushes.map(toAdminMessage));
      } finally {
        http2.connect = connect;
      }
      const { responses } = await answer;
      session.destroy();
      for (const [index, { success, error }] of responses.entries()) {
        const known = [error?.httpResponse?.headers, error?.cause].find(
          (o) => typeof o === 'object' && o !== null && seen.has(o),
        );
        if (success) onResult(index, { kind: 'accepted' });
        else if (known) onResult(index, judgeExchange(seen.get(known as object) as Exchange, Date.now()));
        else onResult(index, { kind: 'refused', code: 'INVALID_ARGUMENT_PAYLOAD' });
      }
    },
    close: () => deleteApp(app),
  };
}
