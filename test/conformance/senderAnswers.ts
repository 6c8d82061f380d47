import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { SendResult } from '../../functions/src/contract/push.ts';
import { leavingNothing, openSender, sendTo, type TransportName } from './senderStand.ts';

const ACCEPTED: SendResult = { kind: 'accepted' };
const UNEXPECTED: SendResult = { kind: 'refused', code: 'UNEXPECTED' };
const IN_DOUBT: SendResult = { kind: 'ambiguous', reason: 'connection-lost' };

const NAMED = '{"name":"projects/demo-push/messages/1"}';

interface OddAnswer {
  readonly name: string;
  readonly answer: (stream: ServerHttp2Stream) => void;
  readonly result: SendResult;
}

function whole(status: number, body: string, headers: Record<string, string> = {}): OddAnswer['answer'] {
  return (stream) => {
    stream.respond({ ':status': status, ...headers });
    stream.end(body);
  };
}

/** Answers that FCM does not give, but that something on the way might. */
const ANSWERS: readonly OddAnswer[] = [
  { name: '200 that names nothing', answer: whole(200, '{}'), result: IN_DOUBT },
  { name: '200 with an empty name', answer: whole(200, '{"name":""}'), result: IN_DOUBT },
  { name: '200 with a name that is no text', answer: whole(200, '{"name":{}}'), result: IN_DOUBT },
  { name: '200 with an error in it', answer: whole(200, '{"error":{"status":"NOT_FOUND"}}'), result: IN_DOUBT },
  {
    name: '200 that is called multipart',
    answer: whole(200, NAMED, { 'content-type': 'multipart/mixed; boundary=b' }),
    result: ACCEPTED,
  },
  { name: '204', answer: whole(204, ''), result: UNEXPECTED },
  { name: '301', answer: whole(301, '', { location: 'https://example.com' }), result: UNEXPECTED },
  { name: '404 of a proxy', answer: whole(404, '<html>'), result: UNEXPECTED },
  { name: '421', answer: whole(421, ''), result: UNEXPECTED },
  { name: '504', answer: whole(504, '<html>'), result: { kind: 'refused', code: 'UNAVAILABLE' } },
  {
    name: '429 with a date in Retry-After that has passed',
    answer: whole(429, '{}', { 'retry-after': 'Tue, 01 Dec 2020 02:00:00 GMT' }),
    result: { kind: 'refused', code: 'QUOTA_EXCEEDED', retryAfterMs: 0 },
  },
  {
    name: '103, then 200',
    answer: (stream) => {
      stream.additionalHeaders({ ':status': 103 });
      whole(200, NAMED)(stream);
    },
    result: ACCEPTED,
  },
  {
    name: '200 in pieces',
    answer: (stream) => {
      stream.respond({ ':status': 200 });
      const body = Buffer.from('{"note":"봉수","name":"n"}');
      stream.write(body.subarray(0, 10));
      setImmediate(() => stream.end(body.subarray(10)));
    },
    result: ACCEPTED,
  },
  { name: 'a megabyte', answer: whole(200, `{"name":"n","x":"${'x'.repeat(1_000_000)}"}`), result: IN_DOUBT },
  {
    name: '503, and then no body',
    answer: (stream) => stream.respond({ ':status': 503, 'retry-after': '5' }),
    result: { kind: 'refused', code: 'UNAVAILABLE', retryAfterMs: 5_000 },
  },
  {
    name: '200, and then no body',
    answer: (stream) => stream.respond({ ':status': 200 }),
    result: { kind: 'ambiguous', reason: 'timed-out' },
  },
];

/** Both adapters judge the same answer the same way. */
export function answerConformance(transport: TransportName): void {
  describe(`sender: ${transport}: odd answers`, () => {
    for (const { name, answer, result } of ANSWERS) {
      it(name, async () => {
        await leavingNothing(async () => {
          const server = await startServer(answer);
          const origin = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
          const sender = openSender(transport, { target: { origin } });
          const { results } = await sendTo(sender, ['a']);
          await sender.close();
          server.close();
          await once(server, 'close');
          assert.deepEqual(results, [result]);
        });
      });
    }
  });
}

async function startServer(answer: OddAnswer['answer']): Promise<Http2Server> {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    // The whole request first, as FCM does.
    stream.resume().on('end', () => answer(stream));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
