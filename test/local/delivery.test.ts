import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { deliverTo } from '../../tools/local/bridge.ts';
import { messagePublished, type PulledMessage } from '../../tools/local/cloudEvent.ts';
import { InstancePool } from '../../tools/local/instancePool.ts';

const MESSAGE: PulledMessage = {
  id: '42',
  data: Buffer.from('{"range":7}'),
  attributes: { campaign: 'spring' },
  publishTime: new Date('2026-12-01T02:07:00.123Z'),
  deliveryAttempt: 2,
};

describe('CloudEvent of a Pub/Sub message', () => {
  it('is what Eventarc sends', () => {
    const { headers, body } = messagePublished(MESSAGE, 'ranges', 'eventarc-ranges');
    assert.deepEqual(headers, {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': '42',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      'ce-source': '//pubsub.googleapis.com/projects/demo-push/topics/ranges',
      'ce-time': '2026-12-01T02:07:00.123Z',
    });
    assert.deepEqual(JSON.parse(body), {
      message: {
        data: 'eyJyYW5nZSI6N30=',
        attributes: { campaign: 'spring' },
        messageId: '42',
        message_id: '42',
        publishTime: '2026-12-01T02:07:00.123Z',
        publish_time: '2026-12-01T02:07:00.123Z',
      },
      subscription: 'projects/demo-push/subscriptions/eventarc-ranges',
      deliveryAttempt: 2,
    });
  });

  it('has an ordering key and a delivery attempt only when there are such', () => {
    const ordered = { ...MESSAGE, orderingKey: 'k', deliveryAttempt: 0 };
    const body = JSON.parse(messagePublished(ordered, 'ranges', 's').body) as {
      message: object;
      deliveryAttempt?: number;
    };
    assert.equal((body.message as { orderingKey?: string }).orderingKey, 'k');
    assert.equal('deliveryAttempt' in body, false);
  });
});

describe('instance pool', () => {
  const never = new AbortController().signal;
  const servant = (url: string, isReady = true) => ({ url, isReady });

  it('gives each request to the instance with the fewest, and no instance more than its share', async () => {
    const pool = new InstancePool([servant('a'), servant('b')], 2);
    assert.equal(pool.capacity, 4);
    const places = await Promise.all([1, 2, 3, 4].map(() => pool.enter(never)));
    assert.deepEqual(places.map(({ url }) => url).sort(), ['a', 'a', 'b', 'b']);
    const fifth = pool.enter(never);
    const early = await Promise.race([fifth, new Promise((resolve) => setTimeout(resolve, 60, 'waits'))]);
    assert.equal(early, 'waits');
    places.find(({ url }) => url === 'b')?.leave();
    assert.equal((await fifth).url, 'b');
  });

  it('leaves out an instance that is not ready, and waits when none is', async () => {
    const [a, b] = [servant('a', false), servant('b')];
    const pool = new InstancePool([a, b], 1);
    const first = await pool.enter(never);
    assert.equal(first.url, 'b');
    const second = pool.enter(never);
    a.isReady = true;
    assert.equal((await second).url, 'a');
  });

  it('stops waiting when told to', async () => {
    const stop = new AbortController();
    const waiting = new InstancePool([servant('a', false)], 1).enter(stop.signal);
    stop.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  });
});

describe('delivery to an instance', () => {
  const names = { topic: 'ranges', subscription: 'eventarc-ranges' };
  let server: Server;
  let answer: (request: IncomingMessage) => number | 'cut' | 'hang';
  let bodies: string[];
  let pool: InstancePool;

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    bodies.push(`${request.url} ${await text(request)}`);
    const what = answer(request);
    if (what === 'cut') request.socket.destroy();
    else if (what !== 'hang') response.writeHead(what).end('done');
  }

  beforeEach(async () => {
    bodies = [];
    server = createServer((request, response) => {
      void reply(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    pool = new InstancePool([{ url: `http://127.0.0.1:${port}`, isReady: true }], 1);
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const deliver = (limitMs = 5000) =>
    deliverTo(pool, '/sendRange', names, limitMs, new AbortController().signal)(MESSAGE);

  it('acknowledges on 2xx alone', async () => {
    const verdicts: [number, string][] = [];
    for (const status of [200, 204, 301, 400, 429, 500, 503]) {
      answer = () => status;
      verdicts.push([status, await deliver()]);
    }
    assert.deepEqual(verdicts, [
      [200, 'ack'],
      [204, 'ack'],
      [301, 'nack'],
      [400, 'nack'],
      [429, 'nack'],
      [500, 'nack'],
      [503, 'nack'],
    ]);
    const sent = `/sendRange ${messagePublished(MESSAGE, names.topic, names.subscription).body}`;
    assert.ok(bodies.every((body) => body === sent));
  });

  it('fails, and frees its place, when the instance dies or takes longer than the time limit', async () => {
    answer = () => 'cut';
    await assert.rejects(deliver(), /socket hang up|ECONNRESET/);
    answer = () => 'hang';
    await assert.rejects(deliver(100), { name: 'AbortError' });
    answer = () => 200;
    assert.equal(await deliver(), 'ack');
  });
});
