import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import * as fc from 'fast-check';
import { FaultRuleError, parseFaultRule } from '../../../simulators/tasks/core/faultRules.ts';
import { FaultTable } from '../../../simulators/tasks/core/faultTable.ts';
import { arrivalSeconds, LOCATION, QUEUE, refusal, respondInTurn, startStand, until, type Stand } from './harness.ts';

const MINUTE_MS = 60_000;

describe('tasks simulator: fault rules', () => {
  it('refuse what they do not know', () => {
    const bad = [
      null,
      [],
      'delay',
      {},
      { kind: 'explode' },
      { kind: 'delay', delayms: 5 },
      { kind: 'delay', delayMs: -1 },
      { kind: 'delay', delayMs: 1.5 },
      { kind: 'concurrent', copies: 1 },
      { kind: 'duplicate', copies: 2 },
      { kind: 'duplicate', times: 0 },
      { kind: 'duplicate', share: 2 },
      { kind: 'duplicate', queue: '' },
      { kind: 'refuseCreate', when: 'during' },
      { kind: 'refuseCreate', code: 'OK' },
    ];
    for (const rule of bad) assert.throws(() => parseFaultRule(rule, 'x'), FaultRuleError, JSON.stringify(rule));
  });

  it('act on the tasks they fit, as often as they are told', () => {
    const table = new FaultTable(1);
    const rule = { kind: 'delay', delayMs: 7, queue: 'conduct', taskPrefix: 'c-', times: 2 };
    table.replaceAll([parseFaultRule(rule, 'x')]);
    const hold = (queue: string, id: string) => table.planDispatch(queue, `${queue}/tasks/${id}`).holdMs;
    assert.equal(hold(`${LOCATION}/queues/other`, 'c-1'), 0);
    assert.equal(hold(QUEUE, 'd-1'), 0);
    assert.deepEqual(
      ['c-1', 'c-2', 'c-3'].map((id) => hold(QUEUE, id)),
      [7, 7, 0],
    );
    assert.equal(table.list()[0]?.applied, 2);
  });

  it('draw the same for the same seed, and about as often as their share', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, share) => {
          const draw = () => {
            const table = new FaultTable(seed);
            table.replaceAll([parseFaultRule({ kind: 'loseAnswer', share }, 'x')]);
            return Array.from({ length: 500 }, () => table.planDispatch(QUEUE, `${QUEUE}/tasks/a`).loseAnswer);
          };
          const drawn = draw();
          assert.deepEqual(draw(), drawn);
          const observed = drawn.filter(Boolean).length / drawn.length;
          // 500 draws: six standard deviations are at most 0.134.
          assert.ok(Math.abs(observed - share) < 0.14, `${observed} for ${share}`);
        },
      ),
    );
  });
});

describe('tasks simulator: faults', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
  });
  afterEach(() => stand.close());

  const counts = () => stand.simulator.report().queues[QUEUE]?.counts;

  it('delivers twice, one after the other', async () => {
    stand.simulator.setFaults([{ kind: 'duplicate', gapMs: 5000 }]);
    await stand.create({ name: `${QUEUE}/tasks/twice` });
    await stand.advance(MINUTE_MS);
    assert.deepEqual(arrivalSeconds(stand), [0, 5]);
    assert.deepEqual(stand.received[1]?.headers, stand.received[0]?.headers, 'nothing tells the copy apart');
    assert.equal(counts()?.succeeded, 1);
    assert.equal(counts()?.extraDeliveries, 1);
    assert.equal(counts()?.failedAttempts, 0);
    assert.deepEqual(
      stand.simulator.attempts().map(({ delivery }) => delivery),
      ['attempt', 'duplicate'],
    );
  });

  it('delivers several copies at once', async () => {
    const open: ServerResponse[] = [];
    stand.answer = (_request, response) => open.push(response);
    stand.simulator.setFaults([{ kind: 'concurrent', copies: 3 }]);
    await stand.create();
    await until(() => open.length === 3);
    for (const response of open) response.end();
    await stand.settle();
    assert.equal(counts()?.dispatched, 1);
    assert.equal(counts()?.succeeded, 1);
    assert.equal(counts()?.extraDeliveries, 2);
  });

  it('delays, and drops only as far as a long delay goes', async () => {
    stand.simulator.setFaults([
      { kind: 'delay', delayMs: 1500, taskPrefix: 'slow' },
      { kind: 'drop', taskPrefix: 'lost' },
    ]);
    for (const id of ['slow', 'lost', 'plain']) await stand.create({ name: `${QUEUE}/tasks/${id}` });
    await stand.advance(30 * MINUTE_MS);
    const arrivals = stand.received.map((request) => request.headers['x-cloudtasks-taskname']);
    assert.deepEqual(arrivals, ['plain', 'slow', 'lost']);
    assert.deepEqual(arrivalSeconds(stand), [0, 1.5, 600]);
    assert.equal(counts()?.succeeded, 3);
  });

  it('reorders within a window, the same way for the same seed', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `n-${index}`);
    const order = async (faultSeed: number) => {
      const other = await startStand({ faultSeed });
      try {
        other.simulator.setFaults([{ kind: 'reorder', windowMs: 10_000 }]);
        for (const id of ids) await other.create({ name: `${QUEUE}/tasks/${id}` });
        await other.advance(10_000);
        return other.received.map((request) => request.headers['x-cloudtasks-taskname']);
      } finally {
        await other.close();
      }
    };
    const first = await order(7);
    assert.deepEqual(new Set(first), new Set(ids), 'nothing is lost');
    assert.equal(first.length, ids.length);
    assert.notDeepEqual(first, ids);
    assert.deepEqual(await order(7), first);
    assert.notDeepEqual(await order(8), first);
  });

  it('loses an answer, so that work already done is asked for again', async () => {
    stand.simulator.setFaults([{ kind: 'loseAnswer', times: 1 }]);
    await stand.create();
    await stand.advance(MINUTE_MS);
    assert.equal(stand.received.length, 2);
    assert.equal(stand.received[1]?.headers['x-cloudtasks-taskretryreason'], 'UNAVAILABLE(14): the answer was lost');
    assert.equal(counts()?.failedAttempts, 1);
    assert.equal(counts()?.succeeded, 1);
  });

  it('refuses CreateTask before the task is made', async () => {
    stand.simulator.setFaults([{ kind: 'refuseCreate', when: 'before', times: 1 }]);
    const name = `${QUEUE}/tasks/once`;
    await assert.rejects(stand.create({ name }), refusal('UNAVAILABLE'));
    assert.equal(counts()?.created, 0);
    await stand.create({ name });
    await stand.settle();
    assert.equal(stand.received.length, 1);
    assert.equal(counts()?.createsRefused, 1);
  });

  it('loses the answer to CreateTask after the task is made, so that only its name prevents a second', async () => {
    stand.simulator.setFaults([{ kind: 'refuseCreate', when: 'after', code: 'DEADLINE_EXCEEDED', times: 1 }]);
    const name = `${QUEUE}/tasks/once`;
    await assert.rejects(stand.create({ name }), refusal('DEADLINE_EXCEEDED'));
    await assert.rejects(stand.create({ name }), refusal('ALREADY_EXISTS'));
    await stand.settle();
    assert.equal(stand.received.length, 1);
  });

  it('applies to retries as well', async () => {
    stand.answer = respondInTurn(500, 200);
    stand.simulator.setFaults([{ kind: 'delay', delayMs: 1000 }]);
    await stand.create();
    await stand.advance(MINUTE_MS);
    assert.deepEqual(arrivalSeconds(stand), [1, 2.1]);
  });
});
