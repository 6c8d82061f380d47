import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ErrorCode } from '../../../simulators/fcm/h2/frames.ts';
import { FrameReader } from '../../../simulators/fcm/h2/frameReader.ts';
import { startFcmSimulator, type FcmSimulator } from '../../../simulators/fcm/simulator.ts';
import {
  body,
  CONTINUATION,
  DATA,
  frame,
  HEADERS,
  PING,
  PREFACE,
  RawConnection,
  requestBlock,
  RST_STREAM,
  SETTINGS,
  type Frame,
  uint32,
  WINDOW_UPDATE,
} from './support/rawConnection.ts';

let simulator: FcmSimulator;
let raw: RawConnection;

describe('HTTP/2 frames', () => {
  beforeEach(async () => {
    simulator = await startFcmSimulator({ maxConcurrentStreams: 10 });
    raw = await RawConnection.open(simulator.endpoint);
  });

  afterEach(async () => {
    raw.destroy();
    await simulator.close();
  });

  describe('what an honest client may do', () => {
    it('any split of the octets into chunks gives the same frames', () => {
      const octets = Buffer.concat([
        PREFACE,
        frame(4, 0, 0),
        frame(1, 4, 1, requestBlock()),
        frame(0, 1, 1, body('t')),
      ]);
      fc.assert(
        fc.property(fc.array(fc.nat(octets.length), { maxLength: 12 }), (cuts) => {
          const seen: number[] = [];
          const reader = new FrameReader((type, flags, id, _bytes, start, end) =>
            seen.push(type, flags, id, end - start),
          );
          let from = 0;
          for (const cut of [...cuts.sort((a, b) => a - b), octets.length]) {
            reader.push(octets.subarray(from, cut));
            from = cut;
          }
          assert.deepEqual(seen, [4, 0, 0, 0, 1, 4, 1, requestBlock().length, 0, 1, 1, body('t').length]);
        }),
      );
    });

    it('sends one octet at a time', async () => {
      const octets = Buffer.concat([frame(HEADERS, 4, 1, requestBlock()), frame(DATA, 1, 1, body('slow'))]);
      for (const octet of octets) raw.write(Buffer.from([octet]));
      await raw.status200(1);
    });

    it('splits headers over CONTINUATION', async () => {
      const block = requestBlock();
      raw.write(
        frame(HEADERS, 0, 1, block.subarray(0, 3)),
        frame(CONTINUATION, 0, 1, block.subarray(3, 20)),
        frame(CONTINUATION, 4, 1, block.subarray(20)),
        frame(DATA, 1, 1, body('continued')),
      );
      await raw.status200(1);
    });

    it('pads frames and gives a priority', async () => {
      const priority = Buffer.from([0, 0, 0, 0, 16]);
      const headers = Buffer.concat([Buffer.from([4]), priority, requestBlock(), Buffer.alloc(4)]);
      const data = Buffer.concat([Buffer.from([65]), body('padded'), Buffer.alloc(65)]);
      raw.write(frame(HEADERS, 0x4 | 0x8 | 0x20, 1, headers), frame(DATA, 0x1 | 0x8, 1, data));
      await raw.status200(1);
      assert.equal(simulator.recorder.devices.device('padded')?.attempts, 1);
    });

    it('ends with trailers, which are ignored', async () => {
      raw.write(frame(HEADERS, 4, 1, requestBlock()), frame(DATA, 0, 1, body('trailed')));
      const trailer = Buffer.concat([Buffer.from([0, 1]), Buffer.from('a'), Buffer.from([1]), Buffer.from('b')]);
      raw.write(frame(HEADERS, 0x5, 1, trailer));
      await raw.status200(1);
    });

    it('sends frames and settings of unknown types', async () => {
      raw.write(frame(0x42, 0xff, 7, Buffer.from('?')), frame(SETTINGS, 0, 0, Buffer.from('009900000001', 'hex')));
      raw.request(1, 'extended');
      await raw.status200(1);
    });

    it('pings, and gets its octets back', async () => {
      raw.write(frame(PING, 0, 0, Buffer.from('12345678')));
      const ack = await raw.nextOfType(PING);
      assert.deepEqual([ack?.flags, ack?.payload.toString()], [1, '12345678']);
    });

    it('sends a scheme with a colon, as firebase-admin does', async () => {
      const { encodeHeaderBlock } = await import('../../../simulators/fcm/hpack/encoder.ts');
      const block = encodeHeaderBlock([
        [':method', 'POST'],
        [':scheme', 'https:'],
        [':path', '/v1/projects/demo-test/messages:send'],
        ['authorization', 'Bearer test'],
      ]);
      raw.write(frame(HEADERS, 4, 1, block), frame(DATA, 1, 1, body('scheme')));
      await raw.status200(1);
    });

    it('cancels a stream: the connection and the other streams go on', async () => {
      raw.request(1, 'hang-60000:a');
      raw.write(frame(RST_STREAM, 0, 1, uint32(8)), frame(WINDOW_UPDATE, 0, 1, uint32(10)));
      raw.request(3, 'b');
      await raw.status200(3);
      assert.equal(simulator.connections.openStreams, 0);
    });
  });

  describe('flow control', () => {
    const initialWindow = (bytes: number): Buffer =>
      frame(SETTINGS, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(bytes)]));

    async function bodyOf(streamId: number): Promise<string> {
      let text = '';
      let data: Frame | undefined;
      do {
        data = await raw.next((frame) => frame.type === DATA && frame.streamId === streamId);
        text += data?.payload.toString() ?? '';
      } while (data && !(data.flags & 1));
      return text;
    }

    it('sends no more than the stream window, and the rest when it opens', async () => {
      raw.write(initialWindow(5));
      raw.request(1, 'narrow');
      const first = await raw.nextOfType(DATA);
      assert.deepEqual([first?.payload.length, first?.flags], [5, 0]);
      raw.write(frame(WINDOW_UPDATE, 0, 1, uint32(1000)));
      assert.match(
        `${first?.payload.toString()}${await bodyOf(1)}`,
        /^\{\s+"name": "projects\/demo-test\/messages\/0:/,
      );
    });

    it('follows a window that shrinks below zero and grows again', async () => {
      raw.write(initialWindow(5));
      raw.request(1, 'shrunk');
      await raw.nextOfType(DATA);
      raw.write(initialWindow(0), frame(WINDOW_UPDATE, 0, 1, uint32(4)), frame(PING, 0, 0, Buffer.alloc(8)));
      // Window now: 5 - 5 spent, -5, +4 = -1. Nothing may come before the PING's answer.
      const next = await raw.next((frame) => frame.type === DATA || frame.type === PING);
      assert.equal(next?.type, PING);
      raw.write(initialWindow(1000));
      assert.match(await bodyOf(1), /messages/);
    });

    it('shares the connection window among streams', async () => {
      const name = 'projects/demo-test/messages/0:1700000000000000%0000000000000001';
      const answers = Math.ceil(65_535 / `{\n  "name": "${name}"\n}\n`.length) + 20;
      const received = new Set<number>();
      let windowBytes = 65_535;
      for (let at = 0; at < answers; at += 1) {
        raw.request(2 * at + 1, `t${at}`);
        if (at % 5 !== 4) continue;
        raw.write(frame(PING, 0, 0, Buffer.alloc(8)));
        for (;;) {
          const seen = await raw.next(
            (frame) => frame.type === DATA || frame.type === PING || frame.type === RST_STREAM,
          );
          if (seen?.type === PING) break;
          assert.equal(seen?.type, DATA);
          windowBytes -= seen?.payload.length ?? 0;
          if (seen && seen.flags & 1) received.add(seen.streamId);
        }
        assert.ok(windowBytes >= 0, 'sent beyond the window');
        if (windowBytes === 0) break;
      }
      assert.equal(windowBytes, 0, 'the window was never used up');
      raw.write(frame(WINDOW_UPDATE, 0, 0, uint32(65_535)));
      await raw.next((frame) => frame.type === DATA && (frame.flags & 1) !== 0 && !received.has(frame.streamId));
    });

    it('grants the client more before it runs out', async () => {
      raw.write(frame(HEADERS, 4, 1, requestBlock()));
      const piece = Buffer.alloc(16_384, 0x20);
      for (let sent = 0; sent < 40; sent += 1) raw.write(frame(DATA, 0, 1, piece));
      const grant = await raw.next((frame) => frame.type === WINDOW_UPDATE && frame.streamId === 1);
      assert.ok((grant?.payload.readUInt32BE(0) ?? 0) >= 512 * 1024);
    });

    it('ends the connection whose window is granted beyond 2^31-1', async () => {
      raw.write(frame(WINDOW_UPDATE, 0, 0, uint32(2 ** 31 - 1 - 65_535)), frame(WINDOW_UPDATE, 0, 0, uint32(1)));
      assert.equal(await raw.goAwayCode(), ErrorCode.FLOW_CONTROL_ERROR);
    });

    it('resets the stream whose window is granted beyond 2^31-1', async () => {
      raw.write(frame(HEADERS, 4, 1, requestBlock()), frame(WINDOW_UPDATE, 0, 1, uint32(2 ** 31 - 1)));
      assert.equal(await raw.resetCode(1), ErrorCode.FLOW_CONTROL_ERROR);
    });

    it('answers a body above 1 MiB with 400', async () => {
      raw.write(frame(HEADERS, 4, 1, requestBlock()));
      const piece = Buffer.alloc(16_384, 0x20);
      for (let sent = 0; sent < 66; sent += 1) raw.write(frame(DATA, sent === 65 ? 1 : 0, 1, piece));
      const headers = await raw.nextOfType(HEADERS);
      // 0x8c is ":status: 400" of the static table.
      assert.equal(headers?.payload[0], 0x8c);
    });
  });
});
