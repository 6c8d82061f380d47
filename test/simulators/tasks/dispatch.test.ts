import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import {
  arrivalSeconds,
  LOCATION,
  msOf,
  QUEUE,
  respond,
  respondInTurn,
  START_MS,
  startStand,
  timestamp,
  until,
  type Stand,
} from './harness.ts';

const name = `${QUEUE}/tasks/t`;

describe('tasks simulator: dispatch', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
  });
  afterEach(() => stand.close());

  const counts = () => stand.simulator.report().queues[QUEUE]?.counts;
  const createQueue = (queue: object) =>
    stand.client.createQueue({ parent: LOCATION, queue: { name: QUEUE, ...queue } });

  it('sends the request as it was made, with the headers of Cloud Tasks', async () => {
    await stand.create({
      name,
      httpRequest: {
        url: `${stand.workerUrl}/work?x=1`,
        httpMethod: 'PUT',
        body: Buffer.from('시작'),
        headers: {
          'Content-Type': 'text/plain',
          Host: 'elsewhere',
          'User-Agent': 'me',
          'X-Google-A': '1',
          'X-AppEngine-B': '1',
          'X-CloudTasks-TaskRetryCount': '9',
          Connection: 'close',
        },
      },
    });
    await stand.settle();
    const [request] = stand.received;
    assert.equal(request?.method, 'PUT');
    assert.equal(request?.path, '/work?x=1');
    assert.equal(request?.body, '시작');
    const { host, connection, ...headers } = request?.headers ?? {};
    assert.equal(host, new URL(stand.workerUrl).host);
    assert.equal(connection, 'keep-alive');
    assert.deepEqual(headers, {
      'content-type': 'text/plain',
      'content-length': '6',
      'user-agent': 'Google-Cloud-Tasks',
      'x-cloudtasks-queuename': 'conduct',
      'x-cloudtasks-taskname': 't',
      'x-cloudtasks-taskretrycount': '0',
      'x-cloudtasks-taskexecutioncount': '0',
      'x-cloudtasks-tasketa': `${START_MS / 1000}.000000`,
    });
  });

  it('retries by the backoff of the queue and tells the worker so', async () => {
    await createQueue({ retryConfig: { minBackoff: { seconds: 10 }, maxBackoff: { seconds: 300 }, maxDoublings: 3 } });
    stand.answer = respondInTurn(500, 404, 502, 500, 500, 500, 500, 200);
    await stand.create({ name });
    await stand.advance(3_600_000);
    assert.deepEqual(arrivalSeconds(stand), [0, 10, 30, 70, 150, 310, 550, 850]);
    const header = (suffix: string) => stand.received.map((request) => request.headers[`x-cloudtasks-task${suffix}`]);
    assert.deepEqual(header('retrycount'), ['0', '1', '2', '3', '4', '5', '6', '7']);
    assert.deepEqual(header('executioncount'), ['0', '0', '1', '1', '1', '1', '1', '1'], '5xx are no executions');
    assert.deepEqual(header('previousresponse').slice(0, 4), [undefined, '500', '404', '502']);
    assert.deepEqual(header('retryreason').slice(0, 4), [
      undefined,
      'INTERNAL(13): HTTP status code 500',
      'NOT_FOUND(5): HTTP status code 404',
      'INTERNAL(13): HTTP status code 502',
    ]);
    assert.deepEqual(header('eta').slice(0, 2), [`${START_MS / 1000}.000000`, `${START_MS / 1000 + 10}.000000`]);
    assert.equal(counts()?.succeeded, 1);
    assert.equal(counts()?.failedAttempts, 7);
  });

  it('keeps a task that used up its attempts in the report as exhausted', async () => {
    await createQueue({ retryConfig: { maxAttempts: 3, minBackoff: { seconds: 1 } } });
    stand.answer = respond(500);
    await stand.create({ name });
    await stand.advance(3_600_000);
    assert.equal(stand.received.length, 3);
    assert.equal(counts()?.exhausted, 1);
    const [task] = stand.simulator.tasks({ state: 'exhausted' });
    assert.equal(task?.name, name);
    assert.equal(task?.lastAttempt?.status?.message, 'HTTP status code 500');
  });

  it('shows the attempts of a task that waits for its retry', async () => {
    await createQueue({ retryConfig: { minBackoff: { seconds: 60 } } });
    stand.answer = respond(429);
    await stand.create({ name });
    await stand.settle();
    const [task] = await stand.client.getTask({ name });
    assert.equal(task.dispatchCount, 1);
    assert.equal(task.responseCount, 1);
    assert.equal(msOf(task.scheduleTime), START_MS + 60_000);
    assert.equal(msOf(task.firstAttempt?.dispatchTime), START_MS);
    assert.equal(task.lastAttempt?.responseStatus?.code, 8);
  });

  it('aborts at the dispatch deadline and counts a failure without a response', async () => {
    await createQueue({ retryConfig: { minBackoff: { seconds: 1 } } });
    let aborted = 0;
    stand.answer = (_request, response) => {
      if (stand.received.length > 1) response.end();
      else response.on('close', () => (aborted += 1));
    };
    await stand.create({ name, dispatchDeadline: { seconds: 15 } });
    await until(() => stand.received.length === 1);
    await stand.advance(14_999, 0);
    assert.equal(stand.simulator.report().requestsUnderWay, 1);
    await stand.advance(1, 0);
    await until(() => stand.simulator.attempts().length === 1);
    const [task] = await stand.client.getTask({ name });
    assert.equal(task.lastAttempt?.responseStatus?.code, 4, 'DEADLINE_EXCEEDED');
    assert.equal(task.responseCount, 0);
    await stand.advance(1000);
    assert.deepEqual(arrivalSeconds(stand), [0, 16]);
    assert.equal(stand.received[1]?.headers['x-cloudtasks-taskpreviousresponse'], undefined);
    assert.equal(aborted, 1);
    assert.equal(counts()?.succeeded, 1);
  });

  it('counts a worker that cannot be reached, or breaks off, as a failure and tries again', async () => {
    await createQueue({ retryConfig: { minBackoff: { seconds: 1 }, maxDoublings: 1 } });
    const breaker = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
    }).listen(0, '127.0.0.1');
    await once(breaker, 'listening');
    const url = `http://127.0.0.1:${(breaker.address() as AddressInfo).port}/`;
    await stand.create({ name, httpRequest: { url } });
    await stand.settle();
    await new Promise((resolve) => breaker.close(resolve));
    await stand.advance(1000);
    const outcomes = stand.simulator.attempts().map(({ httpStatus, code, message }) => ({ httpStatus, code, message }));
    assert.equal(outcomes.length, 2);
    for (const outcome of outcomes)
      assert.deepEqual({ ...outcome, message: '' }, { httpStatus: null, code: 'UNAVAILABLE', message: '' });
    assert.match(outcomes[1]?.message ?? '', /ECONNREFUSED/);
  });

  it('takes a redirect for a failure', async () => {
    stand.answer = respond(302, { Location: '/elsewhere' });
    await stand.create();
    await stand.settle();
    assert.equal(counts()?.failedAttempts, 1);
    assert.equal(stand.received.length, 1);
  });

  it('waits as long as Retry-After says, when that is longer than the backoff', async () => {
    stand.answer = (_request, response) => {
      if (stand.received.length > 1) response.end();
      else response.writeHead(503, { 'Retry-After': '90' }).end();
    };
    await stand.create();
    await stand.advance(200_000);
    assert.deepEqual(arrivalSeconds(stand), [0, 90]);
  });

  it('runs a task on demand, paused or not due, and counts its retry from that moment', async () => {
    await createQueue({ retryConfig: { minBackoff: { seconds: 10 } } });
    await stand.client.pauseQueue({ name: QUEUE });
    await stand.create({ name, scheduleTime: timestamp(START_MS + 3_600_000) });
    const open: ServerResponse[] = [];
    stand.answer = (_request, response) => open.push(response);
    const [task] = await stand.client.runTask({ name });
    assert.equal(task.dispatchCount, 1);
    await until(() => open.length === 1);
    await stand.advance(4000, 0);
    open[0]?.writeHead(500).end();
    await stand.settle();
    const [failed] = await stand.client.getTask({ name });
    assert.equal(msOf(failed.scheduleTime), START_MS + 10_000);
    stand.answer = respond(200);
    await stand.client.runTask({ name });
    await stand.settle();
    assert.equal(counts()?.succeeded, 1);
  });

  it("runs by the machine's clock unless told otherwise, and never early", async () => {
    const live = await startStand({ clock: 'system', startMs: undefined });
    try {
      const dueMs = Date.now() + 60;
      await live.create({ scheduleTime: timestamp(dueMs) });
      await until(() => live.received.length === 1);
      assert.ok(Date.now() >= dueMs);
    } finally {
      await live.close();
    }
  });

  it('lets an attempt go on whose task is deleted, and forgets its answer', async () => {
    const open: ServerResponse[] = [];
    stand.answer = (_request, response) => open.push(response);
    await stand.create({ name });
    await until(() => stand.received.length === 1);
    await stand.client.deleteTask({ name });
    open[0]?.writeHead(500).end();
    await stand.advance(60_000);
    assert.equal(stand.received.length, 1);
    assert.equal(counts()?.deleted, 1);
    assert.equal(stand.simulator.attempts()[0]?.stateAfter, 'deleted');
  });

  it('loses count of no task', async () => {
    await createQueue({ retryConfig: { maxAttempts: 2, minBackoff: { seconds: 1 } } });
    stand.answer = (request, response) => response.writeHead(Number(request.path.slice(1))).end();
    for (let count = 0; count < 40; count += 1) {
      const path = [200, 500, 404, 204][count % 4];
      await stand.create({ name: `${QUEUE}/tasks/c-${count}`, httpRequest: { url: `${stand.workerUrl}/${path}` } });
      if (count % 10 === 9)
        await stand.client.deleteTask({ name: `${QUEUE}/tasks/c-${count - 2}` }).catch(() => undefined);
    }
    await stand.create({ scheduleTime: timestamp(START_MS + 3_600_000) });
    await stand.advance(10_000);
    const report = stand.simulator.report().queues[QUEUE];
    const { created, succeeded, exhausted, deleted, purged, expired } = report?.counts ?? {};
    assert.equal(created, 41);
    assert.equal(report?.scheduled, 1);
    const over = (succeeded ?? 0) + (exhausted ?? 0) + (deleted ?? 0) + (purged ?? 0) + (expired ?? 0);
    assert.equal(over + (report?.scheduled ?? 0) + (report?.running ?? 0), created);
  });
});
