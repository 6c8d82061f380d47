import assert from 'node:assert/strict';
import { LOCATION, msOf, QUEUE, refusal, START_MS, startStand, type Stand } from './harness.ts';

const DAY_MS = 86_400_000;

describe('tasks simulator: queues', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand({ autoCreateQueues: false });
  });
  afterEach(() => stand.close());

  it('creates a queue with the defaults of Cloud Tasks', async () => {
    const [queue] = await stand.client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
    assert.equal(queue.state, 'RUNNING');
    assert.equal(queue.rateLimits?.maxDispatchesPerSecond, 500);
    assert.equal(queue.rateLimits?.maxBurstSize, 100);
    assert.equal(queue.rateLimits?.maxConcurrentDispatches, 1000);
    assert.equal(queue.retryConfig?.maxAttempts, 100);
    assert.equal(msOf(queue.retryConfig?.minBackoff), 100);
    assert.equal(msOf(queue.retryConfig?.maxBackoff), 3_600_000);
    assert.equal(queue.retryConfig?.maxDoublings, 16);
    const [read] = await stand.client.getQueue({ name: QUEUE });
    assert.deepEqual(read, queue);
  });

  it('refuses a second queue of the same name, and the name of a deleted one for 7 days', async () => {
    await stand.client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
    const again = () => stand.client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
    await assert.rejects(again(), refusal('ALREADY_EXISTS'));
    await stand.client.deleteQueue({ name: QUEUE });
    await assert.rejects(stand.client.getQueue({ name: QUEUE }), refusal('NOT_FOUND'));
    await stand.advance(7 * DAY_MS - 1);
    await assert.rejects(again(), refusal('FAILED_PRECONDITION', /existed too recently/));
    await stand.advance(1);
    await again();
  });

  it('updates what the mask names, all without a mask, and creates a queue that does not exist', async () => {
    const retryConfig = { maxAttempts: 7, maxDoublings: 2, minBackoff: { seconds: 3 } };
    await stand.client.updateQueue({ queue: { name: QUEUE, retryConfig } });
    const [masked] = await stand.client.updateQueue({
      queue: {
        name: QUEUE,
        retryConfig: { maxAttempts: -1, maxDoublings: 0 },
        rateLimits: { maxDispatchesPerSecond: 5 },
      },
      updateMask: { paths: ['retry_config.max_attempts', 'retry_config.max_doublings'] },
    });
    assert.equal(masked.retryConfig?.maxAttempts, -1);
    assert.equal(masked.retryConfig?.maxDoublings, 0);
    assert.equal(msOf(masked.retryConfig?.minBackoff), 3000);
    assert.equal(masked.rateLimits?.maxDispatchesPerSecond, 500);
    const [whole] = await stand.client.updateQueue({
      queue: { name: QUEUE, rateLimits: { maxDispatchesPerSecond: 5 } },
      updateMask: { paths: ['rate_limits', 'retryConfig'] },
    });
    assert.equal(whole.rateLimits?.maxDispatchesPerSecond, 5);
    assert.equal(whole.retryConfig?.maxAttempts, 100);
    const unknown = { queue: { name: QUEUE }, updateMask: { paths: ['colour'] } };
    await assert.rejects(stand.client.updateQueue(unknown), refusal('INVALID_ARGUMENT', /colour/));
  });

  it('refuses settings out of bounds and names out of form', async () => {
    const bad = [
      { rateLimits: { maxDispatchesPerSecond: 501 } },
      { rateLimits: { maxDispatchesPerSecond: -1 } },
      { rateLimits: { maxConcurrentDispatches: 5001 } },
      { retryConfig: { maxAttempts: -2 } },
      { retryConfig: { maxDoublings: -1 } },
      { retryConfig: { minBackoff: { seconds: 10 }, maxBackoff: { seconds: 9 } } },
    ];
    for (const settings of bad) {
      const request = { parent: LOCATION, queue: { name: QUEUE, ...settings } };
      await assert.rejects(stand.client.createQueue(request), refusal('INVALID_ARGUMENT'), JSON.stringify(settings));
    }
    for (const name of ['conduct', `${LOCATION}/queues/a_b`, `${LOCATION}/queues/${'x'.repeat(101)}`]) {
      await assert.rejects(
        stand.client.createQueue({ parent: LOCATION, queue: { name } }),
        refusal('INVALID_ARGUMENT', /Queue name must be formatted/),
      );
    }
    const elsewhere = { parent: 'projects/demo-push/locations/europe-west1', queue: { name: QUEUE } };
    await assert.rejects(stand.client.createQueue(elsewhere), refusal('INVALID_ARGUMENT', /parent/));
  });

  it('lists the queues of one location, page by page and by state', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((id) => `${LOCATION}/queues/${id}`);
    for (const name of names.toReversed()) await stand.client.createQueue({ parent: LOCATION, queue: { name } });
    const other = 'projects/demo-push/locations/europe-west1';
    await stand.client.createQueue({ parent: other, queue: { name: `${other}/queues/a` } });
    const [first, next] = await stand.client.listQueues({ parent: LOCATION, pageSize: 2 }, { autoPaginate: false });
    assert.deepEqual(
      first.map((queue) => queue.name),
      names.slice(0, 2),
    );
    assert.ok(next);
    const [all] = await stand.client.listQueues({ parent: LOCATION });
    assert.deepEqual(
      all.map((queue) => queue.name),
      names,
    );
    await stand.client.pauseQueue({ name: names[2] as string });
    const [paused] = await stand.client.listQueues({ parent: LOCATION, filter: 'state: PAUSED' });
    assert.deepEqual(
      paused.map((queue) => queue.name),
      [names[2]],
    );
    const badFilter = stand.client.listQueues({ parent: LOCATION, filter: 'name: a' });
    await assert.rejects(badFilter, refusal('UNIMPLEMENTED'));
    const badToken = stand.client.listQueues({ parent: LOCATION, pageToken: 'nonsense' }, { autoPaginate: false });
    await assert.rejects(badToken, refusal('INVALID_ARGUMENT', /page token/));
  });

  it('keeps a paused queue still, takes new tasks meanwhile, and sends them all when resumed', async () => {
    await stand.client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
    await stand.client.pauseQueue({ name: QUEUE });
    await stand.create();
    await stand.create();
    await stand.advance(60_000);
    assert.equal(stand.received.length, 0);
    const [queue] = await stand.client.resumeQueue({ name: QUEUE });
    assert.equal(queue.state, 'RUNNING');
    await stand.settle();
    assert.equal(stand.received.length, 2);
  });

  it('purges every task and says when', async () => {
    await stand.client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
    await stand.client.pauseQueue({ name: QUEUE });
    for (const id of ['a', 'b']) await stand.create({ name: `${QUEUE}/tasks/${id}` });
    const [queue] = await stand.client.purgeQueue({ name: QUEUE });
    assert.equal(msOf(queue.purgeTime), START_MS);
    assert.deepEqual((await stand.client.listTasks({ parent: QUEUE }))[0], []);
    await stand.client.resumeQueue({ name: QUEUE });
    await stand.settle();
    assert.equal(stand.received.length, 0);
    assert.equal(stand.simulator.report().queues[QUEUE]?.counts.purged, 2);
    await assert.rejects(stand.create({ name: `${QUEUE}/tasks/a` }), refusal('ALREADY_EXISTS'));
  });

  it('takes the tasks along when a queue is deleted, and still reports them', async () => {
    await stand.client.createQueue({ parent: LOCATION, queue: { name: QUEUE } });
    await stand.client.pauseQueue({ name: QUEUE });
    await stand.create();
    await stand.client.deleteQueue({ name: QUEUE });
    await stand.advance(1000);
    assert.equal(stand.received.length, 0);
    const report = stand.simulator.report().queues[QUEUE];
    assert.equal(report?.state, 'DELETED');
    assert.equal(report?.counts.deleted, 1);
  });

  it('has no task without its queue, unless queues are made on demand', async () => {
    await assert.rejects(stand.create(), refusal('NOT_FOUND', /Queue does not exist/));
    const lenient = await startStand();
    try {
      await lenient.create();
      assert.equal((await lenient.client.getQueue({ name: QUEUE }))[0].state, 'RUNNING');
      await lenient.client.deleteQueue({ name: QUEUE });
      await assert.rejects(lenient.create(), refusal('NOT_FOUND'), 'a deleted queue is not brought back');
    } finally {
      await lenient.close();
    }
  });
});
