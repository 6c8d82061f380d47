import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { keepSentBytes, sentHeaders } from '../../../functions/src/http/sentBytes.ts';
import { call } from './support/api.ts';

interface Seen {
  readonly bytes: Buffer | undefined;
  readonly headers: IncomingHttpHeaders;
}

describe('sent bytes', () => {
  let server: Server;
  let seen: Seen[];
  let stop: () => void;

  before(async () => {
    http('sentBytes', (request, response) => {
      seen.push({ bytes: request.rawBody, headers: sentHeaders(request) });
      response.status(204).end();
    });
    // Express prints what it refuses, the body included, unless it is told that this is a test.
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'test';
    server = getTestServer('sentBytes');
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => void server.close());

  beforeEach(() => {
    seen = [];
    stop = keepSentBytes();
  });
  afterEach(() => stop());

  const post = (path: string, body: Uint8Array | string, headers: Record<string, string>) =>
    call((server.address() as AddressInfo).port, 'POST', path, { body, headers, token: null });

  const gzipped = gzipSync('{"a":1}');
  const bodies: [what: string, body: Uint8Array | string, headers: Record<string, string>][] = [
    ['JSON', '{"a": 1}', { 'content-type': 'application/json' }],
    ['JSON that is not JSON', '{"a": ', { 'content-type': 'application/json' }],
    ['gzip', gzipped, { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ['gzip that is not gzip', 'x', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ['an encoding nobody knows', 'x', { 'content-type': 'text/plain', 'content-encoding': 'rot13' }],
    ['a charset nobody knows', '{}', { 'content-type': 'application/json; charset=klingon' }],
    ['a form', 'a=1&b=2', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no type at all', '{}', {}],
    ['text in another charset', Buffer.from([0xb0, 0xa1]), { 'content-type': 'text/plain; charset=euc-kr' }],
  ];
  for (const [what, body, headers] of bodies) {
    it(`reach the API as sent: ${what}`, async () => {
      const reply = await post('/v1/campaigns', body, headers);
      assert.equal(reply.status, 204, reply.text);
      const [request] = seen;
      assert.deepEqual(request?.bytes, Buffer.from(body));
      for (const name of ['content-type', 'content-encoding']) {
        assert.equal(request?.headers[name], headers[name], name);
      }
    });
  }

  it('reach the API as sent where its name stands before the path', async () => {
    await post('/api/v1/campaigns', gzipped, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    assert.deepEqual(seen[0]?.bytes, gzipped);
    assert.equal(seen[0]?.headers['content-encoding'], 'gzip');
  });

  it('leave the other functions of the process alone', async () => {
    await post('/', gzipped, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    assert.equal(seen[0]?.bytes?.toString(), '{"a":1}');
  });

  it('are what the framework would not give by itself', async () => {
    stop();
    const notJson = await post('/v1/campaigns', '{"a": ', { 'content-type': 'application/json' });
    assert.match(notJson.headers['content-type'] ?? '', /text\/html/);
    await post('/v1/campaigns', gzipped, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    assert.equal(seen[0]?.bytes?.toString(), '{"a":1}');
  });
});
