import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { DEFAULT_PORTS, isPortFree } from '../../tools/machine/ports.mjs';
import { allocatePorts, PortTaken, type PortMachine, type PortName } from '../../tools/local/ports.ts';

const NAMES: readonly PortName[] = ['firestore', 'pubsub', 'hostSendRange0', 'hostSendRange1'];

function machine(taken: Iterable<number>, reserved: Iterable<number> = []): PortMachine {
  const busy = new Set(taken);
  const held = new Set(reserved);
  let next = 40_000;
  return {
    isFree: (port) => Promise.resolve(!busy.has(port)),
    anyFree: () => Promise.resolve(next++),
    reserve: (port) => !held.has(port) && held.add(port) !== undefined,
  };
}

describe('ports of a local cloud', () => {
  it('are the usual ones when these are free', async () => {
    const ports = await allocatePorts(NAMES, undefined, machine([]));
    assert.deepEqual(
      NAMES.map((name) => ports.get(name)),
      [DEFAULT_PORTS.firestore, DEFAULT_PORTS.pubsub, DEFAULT_PORTS.hostSendRange, DEFAULT_PORTS.hostSendRange + 1],
    );
  });

  it('avoid what is taken and what another local cloud is about to take', async () => {
    const ports = await allocatePorts(
      NAMES,
      undefined,
      machine([DEFAULT_PORTS.firestore], [DEFAULT_PORTS.pubsub, 40_000]),
    );
    assert.equal(ports.get('firestore'), 40_001);
    assert.equal(ports.get('pubsub'), 40_002);
    assert.equal(ports.get('hostSendRange0'), DEFAULT_PORTS.hostSendRange);
  });

  it('are consecutive from a base, and none else', async () => {
    const ports = await allocatePorts(NAMES, 7000, machine([]));
    assert.deepEqual(
      NAMES.map((name) => ports.get(name)),
      [7000, 7001, 7002, 7003],
    );
    await assert.rejects(allocatePorts(NAMES, 7000, machine([7001])), PortTaken);
    await assert.rejects(allocatePorts(NAMES, 7000, machine([], [7003])), /7003 \(hostSendRange1\)/);
  });

  it('are never given twice, whatever is taken', async () => {
    const port = fc.integer({ min: 1024, max: 65_535 });
    await fc.assert(
      fc.asyncProperty(fc.array(port), fc.array(port), async (taken, reserved) => {
        const shared = machine(taken, reserved);
        const [one, two] = await Promise.all([
          allocatePorts(NAMES, undefined, shared),
          allocatePorts(NAMES, undefined, shared),
        ]);
        const got = NAMES.flatMap((name) => [one.get(name), two.get(name)]);
        assert.equal(new Set(got).size, got.length);
        assert.ok(got.every((port) => !reserved.includes(port)));
      }),
    );
  });

  it('are not free while somebody listens, on one address or on all', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const server = createServer().listen(0, host);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      assert.equal(await isPortFree(port), false);
      server.close();
      await once(server, 'close');
      assert.equal(await isPortFree(port), true);
    }
  });
});
