import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type ClientRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boundBodies } from '../../../functions/src/http/bodyRoom.ts';

const MIB = 1_048_576;
const ROOM = 4 * MIB;

describe('body room', () => {
  let server: Server;
  let stop: () => void;
  /** By path: told once its body has come whole, and what answers it. */
  let arrivals: Map<
    string,
    { readonly whole: PromiseWithResolvers<number>; readonly answer: PromiseWithResolvers<void> }
  >;
  let sent: ClientRequest[];

  const at = (path: string) => {
    const known = arrivals.get(path) ?? {
      whole: Promise.withResolvers<number>(),
      answer: Promise.withResolvers<void>(),
    };
    arrivals.set(path, known);
    return known;
  };

  beforeEach(async () => {
    arrivals = new Map();
    sent = [];
    server = createServer((incoming, response) => {
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => (bytes += chunk.length));
      incoming.on('end', () => {
        at(incoming.url ?? '').whole.resolve(bytes);
        void at(incoming.url ?? '').answer.promise.then(() => response.end());
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    stop();
    for (const one of sent) one.destroy();
    server.closeAllConnections();
    server.close();
  });

  /** Sends so many bytes of a body that is announced to have `bytes`; null leaves the length unsaid. */
  function put(path: string, bytes: number, { announced = bytes }: { announced?: number | null } = {}): ClientRequest {
    const { port } = server.address() as AddressInfo;
    const headers = announced === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': announced };
    const one = request({ port, path, method: 'PUT', headers, agent: false });
    one.on('error', () => undefined);
    if (bytes === announced || announced === null) one.end(Buffer.alloc(bytes));
    else one.write(Buffer.alloc(bytes));
    sent.push(one);
    return one;
  }

  /** Another request that is answered: whatever was sent before it has been met by then. */
  async function settle(): Promise<void> {
    const path = `/small-${sent.length}`;
    put(path, 10);
    await at(path).whole.promise;
    at(path).answer.resolve();
  }

  it('lets in what it has room for, and the next by order when one is answered', async () => {
    stop = boundBodies(ROOM);
    put('/1', 2 * MIB);
    put('/2', 2 * MIB);
    await Promise.all([at('/1').whole.promise, at('/2').whole.promise]);
    put('/3', 3 * MIB);
    await settle();
    put('/4', 2 * MIB);
    await settle();
    at('/1').answer.resolve();
    const order: string[] = [];
    const third = at('/3').whole.promise.then((bytes) => order.push(`/3 ${bytes}`));
    const fourth = at('/4').whole.promise.then((bytes) => order.push(`/4 ${bytes}`));
    await settle();
    assert.deepEqual(order, [], 'the third has no room yet, and the fourth does not overtake it');
    at('/2').answer.resolve();
    await third;
    at('/3').answer.resolve();
    await fourth;
    assert.deepEqual(order, [`/3 ${3 * MIB}`, `/4 ${2 * MIB}`]);
  });

  it('keeps no small body waiting', async () => {
    stop = boundBodies(ROOM);
    put('/large', ROOM);
    await at('/large').whole.promise;
    put('/waits', ROOM);
    put('/small', MIB);
    assert.equal(await at('/small').whole.promise, MIB);
  });

  it('lets a body in alone that is larger than the room, and takes one without a length for a large one', async () => {
    stop = boundBodies(ROOM);
    put('/chunked', 10, { announced: null });
    assert.equal(await at('/chunked').whole.promise, 10);
    put('/next', 2 * MIB);
    await settle();
    let next = false;
    void at('/next').whole.promise.then(() => (next = true));
    await settle();
    assert.equal(next, false);
    at('/chunked').answer.resolve();
    assert.equal(await at('/next').whole.promise, 2 * MIB);
  });

  it('gives the room of a caller that left to the next', async () => {
    stop = boundBodies(ROOM);
    const first = put('/1', MIB, { announced: ROOM });
    await settle();
    const second = put('/2', ROOM);
    await settle();
    put('/3', 2 * MIB);
    await settle();
    second.destroy();
    first.destroy();
    assert.equal(await at('/3').whole.promise, 2 * MIB);
  });

  it('does not wait for a body that does not arrive', async () => {
    stop = boundBodies(ROOM, 20);
    put('/slow', MIB, { announced: ROOM });
    await settle();
    put('/next', ROOM);
    assert.equal(await at('/next').whole.promise, ROOM);
  });
});
