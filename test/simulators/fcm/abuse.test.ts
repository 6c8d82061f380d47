import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ErrorCode } from '../../../simulators/fcm/h2/frames.ts';
import { startFcmSimulator, type FcmSimulator } from '../../../simulators/fcm/simulator.ts';
import {
  CONTINUATION,
  DATA,
  frame,
  GOAWAY,
  HEADERS,
  PING,
  PREFACE,
  RawConnection,
  requestBlock,
  RST_STREAM,
  SETTINGS,
  uint32,
  WINDOW_UPDATE,
} from './support/rawConnection.ts';

let simulator: FcmSimulator;
let raw: RawConnection;

const posts = (): number => simulator.recorder.arrivals.length;

describe('HTTP/2 frames that break the rules', () => {
  beforeEach(async () => {
    simulator = await startFcmSimulator({ maxConcurrentStreams: 10 });
    raw = await RawConnection.open(simulator.endpoint);
  });

  afterEach(async () => {
    raw.destroy();
    await simulator.close();
  });

  describe('what breaks a stream', () => {
    it('more streams than MAX_CONCURRENT_STREAMS, once that is acknowledged', async () => {
      raw.write(frame(SETTINGS, 1, 0));
      for (let at = 0; at < 10; at += 1) raw.request(2 * at + 1, 'hang-60000:x');
      raw.request(21, 'one too many');
      assert.equal(await raw.resetCode(21), ErrorCode.REFUSED_STREAM);
      assert.equal(posts(), 10);
    });

    const malformed: Record<string, Buffer> = {
      'no pseudo-header fields': Buffer.alloc(0),
      'an unknown pseudo-header field': Buffer.from('83868400023a780179', 'hex'),
      'upper case in a name': Buffer.concat([requestBlock(), Buffer.from('0001580179', 'hex')]),
      'a pseudo-header field after others': Buffer.concat([requestBlock(), Buffer.from([0x83])]),
      'a doubled pseudo-header field': Buffer.from('83838684', 'hex'),
      'a connection-specific field': Buffer.concat([requestBlock(), Buffer.from('0007757067726164650178', 'hex')]),
    };
    for (const [what, block] of Object.entries(malformed)) {
      it(`headers with ${what}`, async () => {
        raw.write(frame(HEADERS, 0x5, 1, block));
        assert.equal(await raw.resetCode(1), ErrorCode.PROTOCOL_ERROR);
        raw.request(3, 'next');
        await raw.status200(3);
      });
    }

    it('DATA after END_STREAM', async () => {
      raw.request(1, 'hang-60000:x');
      raw.write(frame(DATA, 0, 1, Buffer.from('more')));
      assert.equal(await raw.resetCode(1), ErrorCode.STREAM_CLOSED);
    });

    it('trailers without END_STREAM', async () => {
      raw.write(frame(HEADERS, 4, 1, requestBlock()), frame(HEADERS, 4, 1, Buffer.from('0001610162', 'hex')));
      assert.equal(await raw.resetCode(1), ErrorCode.PROTOCOL_ERROR);
    });

    it('WINDOW_UPDATE of 0', async () => {
      raw.write(frame(HEADERS, 4, 1, requestBlock()), frame(WINDOW_UPDATE, 0, 1, uint32(0)));
      assert.equal(await raw.resetCode(1), ErrorCode.PROTOCOL_ERROR);
    });

    it('nothing that comes for a stream after its reset', async () => {
      raw.request(1, 'reset-8:x');
      assert.equal(await raw.resetCode(1), ErrorCode.CANCEL);
      raw.write(frame(DATA, 1, 1, Buffer.from('late')), frame(WINDOW_UPDATE, 0, 1, uint32(1)));
      raw.request(3, 'next');
      const first = await raw.next(({ type }) => type === RST_STREAM || type === GOAWAY || type === HEADERS);
      assert.deepEqual([first?.type, first?.streamId], [HEADERS, 3]);
    });
  });

  describe('what breaks the connection', () => {
    const headers = (): Buffer => frame(HEADERS, 4, 1, requestBlock());
    const abuse: readonly (readonly [what: string, octets: () => Buffer, code: number])[] = [
      ['a frame above 16,384 octets', () => frame(DATA, 0, 1, Buffer.alloc(16_385)), ErrorCode.FRAME_SIZE_ERROR],
      ['DATA on stream 0', () => frame(DATA, 0, 0), ErrorCode.PROTOCOL_ERROR],
      ['DATA on an idle stream', () => frame(DATA, 0, 5), ErrorCode.PROTOCOL_ERROR],
      ['HEADERS on stream 0', () => frame(HEADERS, 4, 0, requestBlock()), ErrorCode.PROTOCOL_ERROR],
      ['HEADERS on an even stream', () => frame(HEADERS, 4, 2, requestBlock()), ErrorCode.PROTOCOL_ERROR],
      [
        'a frame between HEADERS and CONTINUATION',
        () => Buffer.concat([frame(HEADERS, 0, 1), frame(PING, 0, 0, Buffer.alloc(8))]),
        ErrorCode.PROTOCOL_ERROR,
      ],
      [
        'CONTINUATION of another stream',
        () => Buffer.concat([frame(HEADERS, 0, 1), frame(CONTINUATION, 4, 3)]),
        ErrorCode.PROTOCOL_ERROR,
      ],
      ['CONTINUATION without HEADERS', () => frame(CONTINUATION, 4, 1), ErrorCode.PROTOCOL_ERROR],
      [
        'a flood of CONTINUATION',
        () => Buffer.concat([frame(HEADERS, 0, 1), ...Array.from({ length: 70_000 }, () => frame(CONTINUATION, 0, 1))]),
        ErrorCode.ENHANCE_YOUR_CALM,
      ],
      [
        'padding longer than the frame',
        () => Buffer.concat([headers(), frame(DATA, 8, 1, Buffer.from([5, 1, 2]))]),
        ErrorCode.PROTOCOL_ERROR,
      ],
      [
        'a header block that is not HPACK',
        () => frame(HEADERS, 4, 1, Buffer.from([0x80])),
        ErrorCode.COMPRESSION_ERROR,
      ],
      ['SETTINGS of 5 octets', () => frame(SETTINGS, 0, 0, Buffer.alloc(5)), ErrorCode.FRAME_SIZE_ERROR],
      ['SETTINGS on a stream', () => frame(SETTINGS, 0, 1), ErrorCode.PROTOCOL_ERROR],
      ['an acknowledgement with payload', () => frame(SETTINGS, 1, 0, Buffer.alloc(6)), ErrorCode.FRAME_SIZE_ERROR],
      [
        'INITIAL_WINDOW_SIZE above 2^31-1',
        () => frame(SETTINGS, 0, 0, Buffer.from('0004ffffffff', 'hex')),
        ErrorCode.FLOW_CONTROL_ERROR,
      ],
      ['ENABLE_PUSH of 2', () => frame(SETTINGS, 0, 0, Buffer.from('000200000002', 'hex')), ErrorCode.PROTOCOL_ERROR],
      [
        'MAX_FRAME_SIZE below 16,384',
        () => frame(SETTINGS, 0, 0, Buffer.from('000500000001', 'hex')),
        ErrorCode.PROTOCOL_ERROR,
      ],
      ['PING of 7 octets', () => frame(PING, 0, 0, Buffer.alloc(7)), ErrorCode.FRAME_SIZE_ERROR],
      ['PING on a stream', () => frame(PING, 0, 1, Buffer.alloc(8)), ErrorCode.PROTOCOL_ERROR],
      [
        'RST_STREAM of 3 octets',
        () => Buffer.concat([headers(), frame(RST_STREAM, 0, 1, Buffer.alloc(3))]),
        ErrorCode.FRAME_SIZE_ERROR,
      ],
      ['RST_STREAM on an idle stream', () => frame(RST_STREAM, 0, 9, uint32(8)), ErrorCode.PROTOCOL_ERROR],
      ['WINDOW_UPDATE of 0 on the connection', () => frame(WINDOW_UPDATE, 0, 0, uint32(0)), ErrorCode.PROTOCOL_ERROR],
      ['WINDOW_UPDATE on an idle stream', () => frame(WINDOW_UPDATE, 0, 9, uint32(1)), ErrorCode.PROTOCOL_ERROR],
      ['PUSH_PROMISE', () => frame(5, 4, 1, uint32(2)), ErrorCode.PROTOCOL_ERROR],
    ];
    for (const [what, octets, code] of abuse) {
      it(what, async () => {
        raw.write(octets());
        assert.equal(await raw.goAwayCode(), code);
        assert.equal(await raw.next(() => false), undefined, 'the connection closes');
      });
    }

    it('a stream opened twice', async () => {
      raw.request(1, 'once');
      await raw.status200(1);
      raw.write(frame(HEADERS, 5, 1, requestBlock()));
      assert.equal(await raw.goAwayCode(), ErrorCode.STREAM_CLOSED);
    });

    it('any frame before SETTINGS', async () => {
      const bare = await RawConnection.open(simulator.endpoint, true);
      bare.write(PREFACE, frame(PING, 0, 0, Buffer.alloc(8)));
      const goAway = await bare.nextOfType(GOAWAY);
      assert.equal(goAway?.payload.readUInt32BE(4), ErrorCode.PROTOCOL_ERROR);
    });

    it('is never random octets: the server lives on', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (octets) => {
          const hostile = await RawConnection.open(simulator.endpoint);
          hostile.write(Buffer.from(octets));
          // They may look like the head of a long frame, so only the end of the input settles it.
          hostile.end();
          await hostile.next(() => false);
          hostile.destroy();
        }),
        { numRuns: 100 },
      );
      raw.request(1, 'alive');
      await raw.status200(1);
    });
  });
});
