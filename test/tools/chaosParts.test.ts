import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { addressHash as ledgerHash } from '../../functions/src/core/address.ts';
import { behaviourOfAddress } from '../../simulators/fcm/faults/behaviours.ts';
import { ADDRESS_FAULT_NAMES, faultOf } from '../../tools/chaos/addresses.ts';
import { Audience } from '../../tools/chaos/audience.ts';
import { Deliveries, DELIVERY_FAULTS } from '../../tools/chaos/deliveries.ts';
import { Proxy } from '../../tools/chaos/proxy.ts';
import { check, type Findings } from '../../tools/chaos/report.ts';
import { planTrouble } from '../../tools/chaos/schedule.ts';
import { Tally } from '../../tools/chaos/tally.ts';
import { makeTrouble } from '../../tools/chaos/trouble.ts';

const FID_LENGTH = 22;

/** As the pipeline itself names an address in its outcomes. */
function namedInLedger(address: string | null): string | null {
  if (address === null) return null;
  return Buffer.from(ledgerHash(address.length === FID_LENGTH ? { fid: address } : { token: address })).toString('hex');
}

describe('the audience of chaos', () => {
  const audience = new Audience('resend', 1, true);
  const members = [...audience.members(1_000, 1)];

  it('has an address of every kind that misbehaves, and the simulator knows each', () => {
    const faults = members.flatMap(({ addresses }) => addresses.flatMap(({ token }) => faultOf(token ?? '') ?? []));
    assert.deepEqual(new Set(faults), new Set(ADDRESS_FAULT_NAMES));
    for (const name of ADDRESS_FAULT_NAMES) assert.notEqual(behaviourOfAddress(`${name}:AAAA`), undefined, name);
  });

  it('works out a message for each address, and one for each member who gets none', () => {
    for (const { address, addressHash } of audience.expected) assert.equal(addressHash, namedInLedger(address));
    assert.equal(new Set(audience.expected.map(({ key }) => key)).size, 1_000);
    assert.ok(audience.expected.some(({ outcome, address }) => outcome === 'suppressed.refused' && address === null));
  });

  it('behaves where it is to', () => {
    const good = [...new Audience('record', 0, false).members(1_000, 1)];
    assert.ok(good.every(({ addresses }) => addresses.every(({ token }) => faultOf(token ?? '') === null)));
  });
});

describe('the trouble that is planned', () => {
  const kinds = { kills: ['kill.a', 'kill.b'], others: ['x', 'y', 'z'] };

  it('is the same for the same seed, in order, and over before the time is', () => {
    const plan = planTrouble(kinds, 180_000, 7);
    assert.deepEqual(plan, planTrouble(kinds, 180_000, 7));
    assert.notDeepEqual(plan, planTrouble(kinds, 180_000, 8));
    assert.ok(plan.every(({ atMs }, nth) => atMs >= (plan[nth - 1]?.atMs ?? 0) && atMs < 180_000));
  });

  it('kills fifty times and more in three minutes, and makes all other trouble in each round', () => {
    const due = Map.groupBy(planTrouble(kinds, 180_000, 1), ({ kind }) => kind);
    const times = Object.fromEntries([...due].map(([kind, all]) => [kind, all.length]));
    assert.deepEqual(times, { 'kill.a': 30, 'kill.b': 30, x: 4, y: 4, z: 4 });
  });

  it('leaves out no kind, however short it is', () => {
    const plan = planTrouble(kinds, 1_000, 1);
    assert.deepEqual(new Set(plan.map(({ kind }) => kind)), new Set(['kill.a', 'kill.b', 'x', 'y', 'z']));
    assert.deepEqual(planTrouble({ kills: [], others: [] }, 1_000, 1), []);
  });
});

describe('making trouble', () => {
  const never = new AbortController().signal;

  it('makes all of it, and puts off what finds nothing to trouble', async () => {
    const made: string[] = [];
    let calls = 0;
    const strikes = new Map([
      ['at once', async () => made.push('at once') > 0],
      ['later', async () => (calls += 1) > 1 && made.push('later') > 0],
    ]);
    const plan = [...strikes.keys()].map((kind) => ({ kind, atMs: 0 }));
    await makeTrouble(plan, strikes, () => false, never);
    assert.deepEqual(made, ['at once', 'later']);
  });

  it('ends with the campaigns, and with a strike that fails', async () => {
    const strikes = new Map([['none', async () => false]]);
    const plan = [{ kind: 'none', atMs: 0 }];
    let looks = 0;
    await makeTrouble(plan, strikes, () => (looks += 1) > 2, never);
    const failing = new Map([['none', () => Promise.reject(new Error('no such instance'))]]);
    await assert.rejects(
      makeTrouble(plan, failing, () => false, never),
      /no such instance/,
    );
  });
});

describe('deliveries in trouble', () => {
  it('are doubled, delayed, not acknowledged and not delivered, and left alone otherwise', async () => {
    const tally = new Tally();
    const deliveries = new Deliveries(tally);
    let delivered = 0;
    const deliver = deliveries.wrap(async () => {
      delivered += 1;
      return 'ack';
    });
    assert.equal(await deliver({} as never), 'ack');
    deliveries.trouble(true);
    const verdicts = await Promise.all(Array.from({ length: 6 }, () => deliver({} as never)));
    deliveries.trouble(false);
    assert.deepEqual(tally.counts(), Object.fromEntries(DELIVERY_FAULTS.toSorted().map((kind) => [kind, 1])));
    assert.equal(verdicts.filter((verdict) => verdict === 'nack').length, 2);
    assert.equal(delivered, 1 + 2 + 2 + 1 + 1);
  }).timeout(10_000);
});

describe('the proxy', () => {
  let proxy: Proxy;
  const open = new Set<Socket>();
  const echo = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });

  before(async () => {
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await Proxy.listen();
  });

  after(async () => {
    await proxy.close();
    echo.close();
  });

  async function said(text: string): Promise<Socket> {
    const [host, port] = proxy.address.split(':');
    const socket = connect(Number(port), host);
    socket.write(text);
    // It waits where the server is not known yet.
    proxy.forwardTo(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
    assert.equal(String((await once(socket, 'data'))[0]), text);
    return socket;
  }

  it('passes on what comes, also what came before it knew the server', async () => {
    (await said('hello')).destroy();
  });

  it('cuts both sides', async () => {
    const socket = await said('hello');
    const cut = once(socket, 'error');
    assert.equal(proxy.cut(), 1);
    assert.equal(((await cut)[0] as NodeJS.ErrnoException).code, 'ECONNRESET');
    await Promise.all([...open].filter((side) => !side.closed).map((side) => once(side, 'close')));
    assert.equal(proxy.cut(), 0);
  });

  it('is slow in order, and counts what had to wait', async () => {
    proxy.slowDown(20);
    const socket = await said('slow');
    let heard = '';
    socket.on('data', (data) => (heard += String(data)));
    for (const text of ['a', 'b', 'c']) socket.write(text);
    proxy.slowDown(0);
    socket.end('d');
    await once(socket, 'close');
    assert.equal(heard, 'abcd');
    assert.ok(proxy.delayed >= 2);
  });
});

describe('what a chaos run must show', () => {
  const tally = new Tally();
  tally.add('kill.sendRange', 2);
  const judgement = {
    messages: 10,
    lost: 0,
    untrue: 0,
    surplus: 0,
    shownTwice: 0,
    outsideClaim: 0,
    duplicates: { resend: 3, record: 0 },
    resent: 4,
    unknown: 1,
    overconfident: 0,
    unlawful: 0,
    conserved: true,
    findings: [],
  };
  const findings: Findings = { judgement, tally, replaced: 2, inFlight: 500, elapsedMs: 1 };
  const failed = (change: Partial<Findings>) => check({ ...findings, ...change }).filter(({ holds }) => !holds);

  it('is shown by a good one', () => assert.deepEqual(failed({}), []));

  for (const change of [
    { lost: 1 },
    { untrue: 1 },
    { surplus: 1 },
    { shownTwice: 1 },
    { outsideClaim: 1 },
    { duplicates: { resend: 5, record: 0 } },
    { duplicates: { resend: 3, record: 1 } },
    { overconfident: 1 },
    { unlawful: 1 },
    { conserved: false },
  ]) {
    it(`is not shown with ${JSON.stringify(change)}`, () => {
      assert.equal(failed({ judgement: { ...judgement, ...change } }).length, 1);
    });
  }

  it('is not shown where duplicates are more than was in flight, a process lives on, or trouble was never made', () => {
    assert.equal(failed({ inFlight: 1 }).length, 1);
    assert.equal(failed({ replaced: 1 }).length, 1);
    const missed = new Tally();
    missed.add('kill.sendRange', 2);
    missed.expect('slow.firestore');
    assert.match(failed({ tally: missed })[0]?.what ?? '', /but not slow\.firestore/);
  });
});
