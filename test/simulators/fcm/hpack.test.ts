import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import fc from 'fast-check';
import { HpackDecoder, HpackError } from '../../../simulators/fcm/hpack/decoder.ts';
import { encodeHeaderBlock } from '../../../simulators/fcm/hpack/encoder.ts';
import { decodeHuffman } from '../../../simulators/fcm/hpack/huffman.ts';
import { FrameReader } from '../../../simulators/fcm/h2/frameReader.ts';
import { frame } from './support/rawConnection.ts';

type Fields = readonly (readonly [string, string])[];

const name = fc.stringMatching(/^x-[a-z0-9-]{1,20}$/);
const value = fc.oneof(
  fc.stringMatching(/^[!-~]{0,60}$/),
  // Every octet that node:http2 lets into a value; above 0x7f the Huffman codes are the long ones.
  fc.array(fc.integer({ min: 0x80, max: 0xff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
);
// Few names and repeated values, so that the dynamic table is used, filled and evicted.
const fields: fc.Arbitrary<Fields> = fc.uniqueArray(fc.tuple(name, value), {
  maxLength: 12,
  selector: ([name]) => name,
});

/** Lets node:http2 (nghttp2) encode each list on one connection; gives what our decoder makes of them. */
async function throughNghttp2(lists: readonly Fields[]): Promise<Fields[]> {
  const decoder = new HpackDecoder();
  const decoded: Fields[] = [];
  const server = createServer((socket: Socket) => {
    socket.write(frame(4, 0, 0));
    const reader = new FrameReader((type, _flags, streamId, bytes, start, end) => {
      if (type !== 1) return;
      decoded.push(decoder.decode(bytes, start, end).map((field) => [field.name, field.value] as const));
      // 0x88 is ":status: 200" of the static table.
      socket.write(frame(1, 0x5, streamId, Buffer.from([0x88])));
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    for (const list of lists) {
      const request = session.request({ ':path': '/p', ...Object.fromEntries(list) });
      request.resume().end();
      await once(request, 'close');
    }
  } finally {
    session.destroy();
    server.close();
  }
  return decoded;
}

describe('HPACK decoder', () => {
  it('reads what nghttp2 writes, block after block with one dynamic table', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 8 }), async (lists) => {
        const decoded = await throughNghttp2(lists);
        const own = decoded.map((list) => list.filter(([name]) => name.startsWith('x-')));
        assert.deepEqual(own, lists);
      }),
      { numRuns: 60 },
    );
  });

  it('reads every octet that a value may have', async () => {
    const octets = [...Array(256).keys()].filter((octet) => octet > 0x20 && octet !== 0x7f);
    const lists = octets.map((octet): Fields => [['x-octet', String.fromCharCode(octet).repeat(8)]]);
    const decoded = await throughNghttp2(lists);
    assert.deepEqual(
      decoded.map((list) => list.filter(([name]) => name === 'x-octet')),
      lists,
    );
  });

  it('reads the examples of RFC 7541, C.4: Huffman and dynamic table together', () => {
    const decoder = new HpackDecoder();
    const blocks = [
      '828684418cf1e3c2e5f23a6ba0ab90f4ff',
      '828684be5886a8eb10649cbf',
      '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
    ];
    const decoded = blocks.map((hex) => {
      const bytes = Buffer.from(hex, 'hex');
      return decoder.decode(bytes, 0, bytes.length).map(({ name, value }) => `${name}: ${value}`);
    });
    assert.deepEqual(decoded, [
      [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
      [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
      [
        ':method: GET',
        ':scheme: https',
        ':path: /index.html',
        ':authority: www.example.com',
        'custom-key: custom-value',
      ],
    ]);
  });

  it('gives nothing but fields or HpackError for any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const bytes = Buffer.from(octets);
        try {
          new HpackDecoder().decode(bytes, 0, bytes.length);
        } catch (error) {
          assert.ok(error instanceof HpackError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  const wrong: readonly (readonly [what: string, hex: string, message: RegExp])[] = [
    ['index 0', '80', /no entry 0/],
    ['an index above both tables', 'c0', /no entry 64/],
    ['a block that ends inside an integer', 'ff', /ends inside/],
    ['an integer that never ends', '7fffffffffffffffffff', /too large/],
    ['a string longer than the block', '000a61', /past the end/],
    ['a size update above what we allow', '3fe21f', /above 4096/],
    ['a size update after a field', '8220', /after the first field/],
    ['the end-of-string symbol', '00016185fffffffffc', /Huffman/],
    ['padding of more than seven ones', '0001618207ff', /Huffman/],
    ['padding that is not ones', '0001618106', /Huffman/],
  ];
  for (const [what, hex, message] of wrong) {
    it(`refuses ${what}`, () => {
      const bytes = Buffer.from(hex, 'hex');
      assert.throws(
        () => new HpackDecoder().decode(bytes, 0, bytes.length),
        (error) => error instanceof HpackError && message.test(error.message),
      );
    });
  }

  it('evicts the oldest entries when the table is full', () => {
    // Each entry counts 34 octets: its two characters and 32.
    const decoder = new HpackDecoder(70);
    for (const value of ['1', '2', '3']) {
      const add = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('a'), Buffer.from([1]), Buffer.from(value)]);
      decoder.decode(add, 0, add.length);
    }
    const both = decoder.decode(Buffer.from([0xbe, 0xbf]), 0, 2).map(({ value }) => value);
    assert.deepEqual(both, ['3', '2']);
    assert.throws(() => decoder.decode(Buffer.from([0xc0]), 0, 1), HpackError);
  });

  it('takes a size update and evicts: what was there before is gone', () => {
    const decoder = new HpackDecoder();
    const add = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('a'), Buffer.from([1]), Buffer.from('b')]);
    decoder.decode(add, 0, add.length);
    const indexed = Buffer.from([0xbe]);
    assert.equal(decoder.decode(indexed, 0, 1)[0]?.value, 'b');
    const resize = Buffer.from([0x20]);
    decoder.decode(resize, 0, 1);
    assert.throws(() => decoder.decode(indexed, 0, 1), HpackError);
  });
});

describe('Huffman coding', () => {
  it('allows seven ones of padding, not eight', () => {
    assert.equal(decodeHuffman(Buffer.from([0b00000_111]), 0, 1), '0');
    assert.equal(decodeHuffman(Buffer.from([0b00000_111, 0xff]), 0, 2), undefined);
    // '&' has the code 11111000.
    assert.equal(decodeHuffman(Buffer.from([0b11111000]), 0, 1), '&');
    assert.equal(decodeHuffman(Buffer.from([0b11111000, 0xff]), 0, 2), undefined);
    assert.equal(decodeHuffman(Buffer.from([0b00000_110]), 0, 1), undefined);
  });
});

describe('HPACK encoder', () => {
  it('writes what the decoder reads', () => {
    fc.assert(
      fc.property(fields, (list) => {
        const all: Fields = [[':status', '404'], ['content-type', 'text/html'], ...list];
        const block = encodeHeaderBlock(all);
        const decoded = new HpackDecoder().decode(block, 0, block.length);
        assert.deepEqual(
          decoded.map(({ name, value }) => [name, value]),
          all,
        );
      }),
    );
  });

  it('writes integers of several octets', () => {
    const long: Fields = [['x-long', 'v'.repeat(70_000)]];
    const block = encodeHeaderBlock(long);
    assert.equal(new HpackDecoder().decode(block, 0, block.length)[0]?.value.length, 70_000);
  });
});
