import assert from 'node:assert/strict';
import { createGzip, gzipSync } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { problemSchema, type FieldError } from '../../../functions/src/contract/problem.ts';
import { PART_INFLATED_MAX_BYTES } from '../../../functions/src/http/partBody.ts';
import { Api, JSON_TYPE, NDJSON_TYPE, type Reply } from './support/api.ts';

const GOOD = { key: 'r-1', token: 't', title: 'a', body: 'b' };
const GZIP = { ...NDJSON_TYPE, 'content-encoding': 'gzip' };

describe('PUT recipients', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.start();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const put = (body: string | Uint8Array, headers: Record<string, string> = NDJSON_TYPE, part = '1'): Promise<Reply> =>
    api.call('PUT', `/v1/campaigns/c/recipients/${part}`, { body, headers });

  /** What the pipeline was told to be wrong with the lines. */
  async function faults(body: string | Uint8Array): Promise<readonly FieldError[]> {
    const reply = await put(body);
    assert.equal(reply.status, 200, reply.text);
    return api.service.lastPart.flatMap((one) => ('errors' in one ? one.errors : []));
  }

  for (const [how, encode, headers] of [
    ['as they are', (text: string) => Buffer.from(text), NDJSON_TYPE],
    ['in gzip', (text: string) => gzipSync(text), GZIP],
    [
      'in gzip of two members',
      (text: string) => Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))]),
      GZIP,
    ],
  ] as const) {
    it(`hands the lines over ${how}, the bytes as sent digested`, async () => {
      const lines = Array.from({ length: 3_000 }, (_, index) => ({
        ...GOOD,
        key: `k-${index}`,
        body: '봄'.repeat((index % 50) + 1),
      }));
      const reply = await put(encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), headers, '7');
      assert.equal(reply.status, 200, reply.text);
      assert.deepEqual(reply.json, { part: 7, recipients: 3_000, pages: 1 });
      assert.deepEqual(
        api.service.lastPart,
        lines.map((recipient, index) => ({ line: index + 1, recipient })),
      );
    });
  }

  const wrong: [what: string, line: unknown, field: string][] = [
    ['no address', { key: 'a', title: 'a', body: 'b' }, ''],
    ['a member and a token', { ...GOOD, memberNo: 1 }, ''],
    ['a token and a FID', { ...GOOD, fid: 'f' }, ''],
    ['an unknown field', { ...GOOD, name: 'x' }, '/name'],
    ['no key', { token: 't', title: 'a', body: 'b' }, '/key'],
    ['an empty key', { ...GOOD, key: '' }, '/key'],
    ['a key with a slash', { ...GOOD, key: 'a/b' }, '/key'],
    ['a key of 65 characters', { ...GOOD, key: 'k'.repeat(65) }, '/key'],
    ['a key that is a number', { ...GOOD, key: 5 }, '/key'],
    ['a member number of 0', { key: 'a', memberNo: 0 }, '/memberNo'],
    ['an image without https', { ...GOOD, imageUrl: 'http://x.y/z' }, '/imageUrl'],
    ['data that is no text', { ...GOOD, data: { a: 1 } }, '/data/a'],
    ['a variable of a wrong name', { ...GOOD, vars: { 'a b': 'x' } }, '/vars/a b'],
    ['a consent beside a member', { key: 'a', memberNo: 1, consent: {} }, '/consent'],
    ['an array', [GOOD], ''],
  ];
  for (const [what, line, field] of wrong) {
    it(`says what is wrong with ${what}`, async () => {
      const found = await faults(`${JSON.stringify(GOOD)}\n${JSON.stringify(line)}\n`);
      assert.deepEqual(
        found.map((error) => error.field),
        [field],
      );
      const [first, second] = api.service.lastPart;
      assert.ok(first !== undefined && 'recipient' in first);
      assert.equal(second?.line, 2);
    });
  }

  const unreadable: [what: string, line: Uint8Array, message: RegExp][] = [
    ['no JSON', Buffer.from('{"key":'), /^is not JSON$/],
    ['a blank line', Buffer.from(' '), /^is blank/],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /^is not valid UTF-8$/],
    ['a byte order mark', Buffer.from(`\uFEFF${JSON.stringify(GOOD)}`), /^is not JSON$/],
    [
      'a line that is too long',
      Buffer.from(JSON.stringify({ ...GOOD, body: 'x'.repeat(16_384) })),
      /^takes more than 16384 bytes$/,
    ],
  ];
  for (const [what, line, message] of unreadable) {
    it(`goes on after ${what}`, async () => {
      const good = Buffer.from(JSON.stringify(GOOD));
      const [found, ...more] = await faults(Buffer.concat([line, Buffer.from('\n'), good]));
      assert.match(found?.message ?? '', message);
      assert.deepEqual(more, []);
      assert.ok('recipient' in (api.service.lastPart[1] ?? {}));
    });
  }

  async function refused(reply: Promise<Reply>, status: number): Promise<string> {
    const { status: actual, json, text } = await reply;
    assert.equal(actual, status, text);
    assert.deepEqual(api.service.lastPart, []);
    return problemSchema.parse(json).detail;
  }

  it('refuses more lines than a part may have', async () => {
    const lines = `${JSON.stringify(GOOD)}\n`.repeat(10_001);
    assert.match(await refused(put(gzipSync(lines), GZIP), 413), /more than 10000 lines/);
  });

  it('refuses a body without anything in it', async () => {
    await refused(put(''), 400);
  });

  it('refuses gzip that is none, or was cut off', async () => {
    const whole = gzipSync(JSON.stringify(GOOD));
    for (const body of [
      Buffer.from('nope'),
      whole.subarray(0, whole.length - 9),
      Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8)]),
    ]) {
      assert.match(await refused(put(body, GZIP), 400), /not whole gzip/);
    }
  });

  it('refuses another encoding, and gzip where nobody takes it', async () => {
    await refused(put('x', { ...NDJSON_TYPE, 'content-encoding': 'br' }), 415);
    const body = gzipSync('{}');
    assert.equal((await api.call('PUT', '/v1/members', { body, headers: GZIP })).status, 415);
  });

  it('refuses a digest of the inflated bytes', async () => {
    const text = JSON.stringify(GOOD);
    const reply = await api.call('PUT', '/v1/campaigns/c/recipients/1', {
      body: gzipSync(text),
      headers: GZIP,
      token: { body: text },
    });
    assert.equal(reply.status, 400);
    assert.equal(problemSchema.parse(reply.json).code, 'bad_digest');
  });

  for (const part of ['0', '-1', '1.5', '01', 'x', '1001', '99999999999999999999']) {
    it(`refuses ${part} as a part's number`, async () => {
      const reply = await put(JSON.stringify(GOOD), NDJSON_TYPE, part);
      assert.equal(reply.status, 400);
      assert.equal(problemSchema.parse(reply.json).errors?.[0]?.field, '/path/part');
    });
  }

  it('refuses a gzip bomb, at the stated limit and without the memory for it', async () => {
    const lines = await bombOf(Buffer.alloc(1_048_576, `${JSON.stringify(GOOD).padEnd(1_023)}\n`), 1_024);
    const line = await bombOf(Buffer.alloc(1_048_576, 'x'), PART_INFLATED_MAX_BYTES / 1_048_576 + 1);
    assert.ok(lines.length < 8_000_000 && line.length < 1_000_000);
    const before = process.memoryUsage();
    const peak = { bytes: 0 };
    const timer = setInterval(() => {
      const { heapUsed, external } = process.memoryUsage();
      peak.bytes = Math.max(peak.bytes, heapUsed + external - before.heapUsed - before.external);
    }, 1);
    assert.match(await refused(put(line, GZIP), 413), /inflates to more than 134217728 bytes/);
    assert.match(await refused(put(lines, GZIP), 413), /more than 10000 lines/);
    clearInterval(timer);
    assert.ok(peak.bytes < PART_INFLATED_MAX_BYTES, `${peak.bytes} bytes more than before`);
  }).timeout(60_000);
});

describe('POST start', () => {
  it('takes an upload’s seal, or nothing', async () => {
    await using api = await Api.start();
    const start = (body?: string): Promise<Reply> =>
      api.call('POST', '/v1/campaigns/c/start', body === undefined ? {} : { body, headers: JSON_TYPE });
    assert.equal((await start('{"parts":3,"recipients":7}')).status, 404);
    assert.deepEqual(api.service.lastSeal, { parts: 3, recipients: 7 });
    for (const nothing of [undefined, '{}']) {
      await start(nothing);
      assert.equal(api.service.lastSeal, null);
    }
    for (const [body, field] of [
      ['{"parts":3}', '/recipients'],
      ['{"parts":0,"recipients":1}', '/parts'],
      ['{"parts":1,"recipients":0}', '/recipients'],
      ['{"parts":1,"recipients":1,"x":1}', '/x'],
    ] as const) {
      const reply = await start(body);
      assert.equal(reply.status, 422, body);
      assert.equal(problemSchema.parse(reply.json).errors?.[0]?.field, field);
    }
  });
});

/** `times` chunks in gzip, made without ever holding them. */
async function bombOf(chunk: Uint8Array, times: number): Promise<Buffer> {
  const gzip = createGzip({ level: 9 });
  const chunks = function* (): Generator<Uint8Array> {
    for (let time = 0; time < times; time += 1) yield chunk;
  };
  const [bomb] = await Promise.all([buffer(gzip), pipeline(Readable.from(chunks()), gzip)]);
  return bomb;
}
