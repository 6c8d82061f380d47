import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { CLIENT_PREFACE, Flag, FRAME_HEADER_BYTES, FrameType } from './h2/frames.ts';
import { FrameWriter } from './h2/frameWriter.ts';
import { encodeHeaderBlock } from './hpack/encoder.ts';

/*
 * Messages per second of a running simulator. A client on node:http2 would measure itself, so this one writes frames
 * that were made beforehand and counts the ends of streams; it must run in a process of its own.
 */

const HELP = `node load.ts --fcm host:port [--messages 200000] [--connections 4] [--batch 100]\n`;

/** Ends of streams in the bytes of one connection, whatever their split into chunks. */
class EndCounter {
  #rest: Buffer = Buffer.alloc(0);

  count(chunk: Buffer): number {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let ends = 0;
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const next = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
      if (next > bytes.length) break;
      const carriesEnd = bytes[at + 3] === FrameType.DATA && ((bytes[at + 4] ?? 0) & Flag.END_STREAM) !== 0;
      ends += carriesEnd ? 1 : 0;
      at = next;
    }
    this.#rest = bytes.subarray(at);
    return ends;
  }
}

function messageBody(connection: number, message: number): Buffer {
  const token = `${String(connection).padStart(4, '0')}${String(message).padStart(18, '0')}:APA91b${'x'.repeat(134)}`;
  const notification = { title: '(광고) 봄 세일', body: '오늘 하루, 전 상품 할인' };
  const android = { notification: { tag: `spring-${connection}-${message}` } };
  return Buffer.from(JSON.stringify({ message: { token, notification, android, data: { deeplink: 'app://sale' } } }));
}

/** Sends `messages` in batches, the next one once the last is answered whole. */
async function drive(host: string, port: number, connection: number, messages: number, batch: number): Promise<void> {
  const block = encodeHeaderBlock([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/v1/projects/demo-load/messages:send'],
    ['authorization', 'Bearer load'],
  ]);
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  const writer = new FrameWriter();
  const counter = new EndCounter();
  writer.settings([]);
  // The widest window there is, so that no answer ever waits for a grant.
  writer.windowUpdate(0, 2 ** 31 - 1 - 65_535);
  socket.write(Buffer.concat([CLIENT_PREFACE, writer.take() ?? Buffer.alloc(0)]));
  for (let sent = 0; sent < messages;) {
    const end = Math.min(messages, sent + batch);
    const awaited = end - sent;
    for (; sent < end; sent += 1) {
      writer.headers(2 * sent + 1, block, false);
      writer.data(2 * sent + 1, messageBody(connection, sent), true);
    }
    socket.write(writer.take() ?? Buffer.alloc(0));
    for (let answered = 0; answered < awaited;) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      answered += counter.count(chunk);
    }
  }
  socket.destroy();
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      fcm: { type: 'string' },
      messages: { type: 'string', default: '200000' },
      connections: { type: 'string', default: '4' },
      batch: { type: 'string', default: '100' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.fcm === undefined) {
    process.stdout.write(HELP);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const { hostname, port } = new URL(`http://${values.fcm}`);
  const connections = Number(values.connections);
  const messages = Math.floor(Number(values.messages) / connections);
  const startMs = performance.now();
  const drives = Array.from({ length: connections }, (_, at) =>
    drive(hostname, Number(port), at, messages, Number(values.batch)),
  );
  await Promise.all(drives);
  const elapsedMs = performance.now() - startMs;
  const messagesPerSecond = Math.round((connections * messages * 1000) / elapsedMs);
  process.stdout.write(
    `${JSON.stringify({ messages: connections * messages, elapsedMs: Math.round(elapsedMs), messagesPerSecond })}\n`,
  );
}

await main();
