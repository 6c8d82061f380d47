import assert from 'node:assert/strict';
import { arrivalSeconds, LOCATION, QUEUE, respond, startStand, until, type Stand } from './harness.ts';

describe('tasks simulator: limits of a queue', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
  });
  afterEach(() => stand.close());

  const createQueue = (queue: object) =>
    stand.client.createQueue({ parent: LOCATION, queue: { name: QUEUE, ...queue } });

  it('slows the queue while the worker answers 429', async () => {
    await createQueue({
      rateLimits: { maxDispatchesPerSecond: 10, maxConcurrentDispatches: 1 },
      retryConfig: { minBackoff: { seconds: 3600 } },
    });
    stand.answer = respond(429);
    for (let count = 0; count < 12; count += 1) await stand.create();
    await stand.settle();
    assert.equal(stand.simulator.report().queues[QUEUE]?.throttleFactor, 1 / 16);
    const sentAtOnce = stand.received.length;
    assert.ok(sentAtOnce < 10, `the burst of 10 is cut short, not ${sentAtOnce}`);
    await stand.advance(1000);
    assert.ok(stand.received.length <= sentAtOnce + 1, 'well under 10 a second');
  });

  it('holds to the dispatch rate after the burst', async () => {
    await createQueue({ rateLimits: { maxDispatchesPerSecond: 2 } });
    for (let count = 0; count < 14; count += 1) await stand.create();
    await stand.advance(10_000);
    assert.deepEqual(arrivalSeconds(stand), [...Array<number>(10).fill(0), 0.5, 1, 1.5, 2]);
  });

  it('holds to the concurrency', async () => {
    await createQueue({ rateLimits: { maxConcurrentDispatches: 3 } });
    const open: (() => void)[] = [];
    stand.answer = (_request, response) => open.push(() => response.end());
    for (let count = 0; count < 5; count += 1) await stand.create();
    await until(() => open.length === 3);
    const report = stand.simulator.report().queues[QUEUE];
    assert.equal(report?.running, 3);
    assert.equal(report?.scheduled, 2);
    for (const waiting of [1, 0]) {
      open.shift()?.();
      await until(() => stand.received.length === 5 - waiting);
      assert.equal(stand.simulator.report().queues[QUEUE]?.scheduled, waiting);
    }
    for (const finish of open) finish();
    await stand.settle();
    assert.equal(stand.simulator.report().queues[QUEUE]?.counts.succeeded, 5);
  });

  it('does not slow the queue when system throttling is off', async () => {
    const firm = await startStand({ systemThrottling: false });
    try {
      firm.answer = respond(503);
      for (let count = 0; count < 5; count += 1) await firm.create();
      await firm.settle();
      assert.equal(firm.simulator.report().queues[QUEUE]?.throttleFactor, 1);
    } finally {
      await firm.close();
    }
  });

  it('heeds new limits for what is already waiting', async () => {
    await createQueue({ rateLimits: { maxDispatchesPerSecond: 1, maxConcurrentDispatches: 1 } });
    await stand.client.pauseQueue({ name: QUEUE });
    for (let count = 0; count < 30; count += 1) await stand.create();
    await stand.client.resumeQueue({ name: QUEUE });
    await stand.settle();
    assert.equal(stand.received.length, 10);
    await stand.client.updateQueue({ queue: { name: QUEUE, rateLimits: { maxDispatchesPerSecond: 500 } } });
    await stand.advance(1000);
    assert.equal(stand.received.length, 30);
  });
});
