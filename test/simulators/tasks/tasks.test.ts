import assert from 'node:assert/strict';
import { LOCATION, msOf, QUEUE, refusal, START_MS, startStand, timestamp, type ITask, type Stand } from './harness.ts';

const HOUR_MS = 3_600_000;
const taskName = (id: string) => `${QUEUE}/tasks/${id}`;
const at = (ms: number) => ({ scheduleTime: timestamp(ms) });

describe('tasks simulator: tasks', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
  });
  afterEach(() => stand.close());

  describe('names', () => {
    it('refuses a name in use, and one used within the hour after success', async () => {
      await stand.create({ name: taskName('once'), ...at(START_MS + 1000) });
      const again = () => stand.create({ name: taskName('once') });
      await assert.rejects(again(), refusal('ALREADY_EXISTS', /^6 ALREADY_EXISTS: Requested entity already exists$/));
      await stand.advance(1000);
      assert.equal(stand.received.length, 1);
      await stand.advance(HOUR_MS - 1);
      await assert.rejects(again(), refusal('ALREADY_EXISTS', /existed too recently/));
      await stand.advance(1);
      await again();
      await stand.settle();
      assert.equal(stand.received.length, 2);
      assert.equal(stand.simulator.report().queues[QUEUE]?.counts.duplicatesRefused, 2);
    });

    it('refuses a name used within the hour after deletion', async () => {
      await stand.create({ name: taskName('gone'), ...at(START_MS + HOUR_MS) });
      await stand.client.deleteTask({ name: taskName('gone') });
      await assert.rejects(stand.create({ name: taskName('gone') }), refusal('ALREADY_EXISTS'));
      await stand.advance(2 * HOUR_MS);
      assert.equal(stand.received.length, 0);
      await stand.create({ name: taskName('gone') });
    });

    it('lets the window be chosen', async () => {
      const forgetful = await startStand({ dedupWindowMs: 0 });
      try {
        for (let count = 0; count < 3; count += 1) {
          await forgetful.create({ name: taskName('again') });
          await forgetful.settle();
        }
        assert.equal(forgetful.received.length, 3);
      } finally {
        await forgetful.close();
      }
    });

    it('makes one up when none is given', async () => {
      const [first, second] = [await stand.create(), await stand.create()];
      assert.match(first.name ?? '', new RegExp(`^${QUEUE}/tasks/\\d{19,20}$`));
      assert.notEqual(first.name, second.name);
    });

    it('refuses a name out of form or of another queue', async () => {
      for (const id of ['a b', 'a/b', 'ä', 'x'.repeat(501)]) {
        await assert.rejects(
          stand.create({ name: taskName(id) }),
          refusal('INVALID_ARGUMENT', /Task name must be formatted/),
        );
      }
      await stand.create({ name: taskName('x'.repeat(500)) });
      await assert.rejects(
        stand.create({ name: `${LOCATION}/queues/other/tasks/a` }),
        refusal('INVALID_ARGUMENT', /must be the same as the queue name/),
      );
    });
  });

  describe('schedule time', () => {
    it('is kept to the millisecond', async () => {
      await stand.create(at(START_MS + 1234));
      await stand.advance(1233);
      assert.equal(stand.received.length, 0);
      await stand.advance(1);
      assert.equal(stand.received[0]?.atMs, START_MS + 1234);
      assert.equal(stand.received[0]?.headers['x-cloudtasks-tasketa'], '1796090821.234000');
    });

    it('is now when it is past or missing', async () => {
      const past = await stand.create(at(START_MS - HOUR_MS));
      const missing = await stand.create();
      assert.equal(msOf(past.scheduleTime), START_MS);
      assert.equal(msOf(missing.scheduleTime), START_MS);
    });

    it('reaches 30 days and no further', async () => {
      await stand.create(at(START_MS + 720 * HOUR_MS));
      await assert.rejects(
        stand.create(at(START_MS + 720 * HOUR_MS + 1)),
        refusal(
          'INVALID_ARGUMENT',
          /The Task\.scheduleTime, 2026-12-31T02:07:00\.001Z, is too far in the future\. Schedule time must be no more than 720h in the future\./,
        ),
      );
      await stand.advance(720 * HOUR_MS);
      assert.equal(stand.received.length, 1);
    });

    it('gets a task 45 days ahead in two hops', async () => {
      const dueMs = START_MS + 45 * 24 * HOUR_MS;
      const hop = async () => {
        const nextMs = Math.min(dueMs, stand.simulator.nowMs() + 700 * HOUR_MS);
        await stand.create({ ...at(nextMs), httpRequest: { url: `${stand.workerUrl}/hop` } });
      };
      stand.answer = (request, response) => {
        void (request.atMs < dueMs ? hop() : Promise.resolve()).then(() => response.end());
      };
      await hop();
      await stand.advance(45 * 24 * HOUR_MS);
      assert.deepEqual(
        stand.received.map((request) => request.atMs),
        [START_MS + 700 * HOUR_MS, dueMs],
      );
    });

    it('orders tasks that are due together by time, then by creation', async () => {
      await stand.client.createQueue({
        parent: LOCATION,
        queue: { name: QUEUE, rateLimits: { maxConcurrentDispatches: 1 } },
      });
      await stand.client.pauseQueue({ name: QUEUE });
      for (const [path, ms] of Object.entries({ c: 20, a: 10, d: 20, b: 15 })) {
        await stand.create({ ...at(START_MS + ms), httpRequest: { url: `${stand.workerUrl}/${path}` } });
      }
      await stand.advance(1000);
      await stand.client.resumeQueue({ name: QUEUE });
      await stand.settle();
      assert.deepEqual(
        stand.received.map((request) => request.path),
        ['/a', '/b', '/c', '/d'],
      );
    });

    it('takes away a task that is 31 days old', async () => {
      await stand.create(at(START_MS + HOUR_MS));
      await stand.client.pauseQueue({ name: QUEUE });
      await stand.advance(31 * 24 * HOUR_MS);
      const report = stand.simulator.report().queues[QUEUE];
      assert.equal(report?.counts.expired, 1);
      assert.equal(report?.scheduled, 0);
    });
  });

  describe('bad drafts', () => {
    const cases: Record<string, [task: () => ITask, words: RegExp]> = {
      'no request': [() => ({ httpRequest: null }), /message_type is required/],
      'a url of another scheme': [() => ({ httpRequest: { url: 'ftp://host/' } }), /must begin with/],
      'a url that is none': [() => ({ httpRequest: { url: 'http://' } }), /not a valid URL/],
      'a url that is too long': [
        () => ({ httpRequest: { url: `http://host/${'x'.repeat(2083)}` } }),
        /longer than 2083 characters/,
      ],
      'a body with GET': [
        () => ({ httpRequest: { url: 'http://host/', httpMethod: 'GET', body: Buffer.from('x') } }),
        /body is not allowed/,
      ],
      'more than 1 MB': [
        () => ({ httpRequest: { url: 'http://host/', body: Buffer.alloc(1_048_577) } }),
        /Task size too large/,
      ],
      'headers of 80 KB': [
        () => ({ httpRequest: { url: 'http://host/', headers: { big: 'x'.repeat(80 * 1024) } } }),
        /less than 80KB/,
      ],
      'a header that HTTP cannot carry': [
        () => ({ httpRequest: { url: 'http://host/', headers: { 'a b': 'x' } } }),
        /invalid header/,
      ],
      'a header value with a line break': [
        () => ({ httpRequest: { url: 'http://host/', headers: { a: 'x\r\nb: y' } } }),
        /invalid header/,
      ],
      'a deadline under 15 s': [
        () => ({ httpRequest: { url: 'http://host/' }, dispatchDeadline: { seconds: 14, nanos: 999_000_000 } }),
        /between 15s and 30m/,
      ],
      'a deadline over 30 min': [
        () => ({ httpRequest: { url: 'http://host/' }, dispatchDeadline: { seconds: 1801 } }),
        /between 15s and 30m/,
      ],
    };
    for (const [title, [task, words]] of Object.entries(cases)) {
      it(`refuses ${title}`, async () => {
        const made = stand.client.createTask({ parent: QUEUE, task: task() });
        await assert.rejects(made, refusal('INVALID_ARGUMENT', words));
        assert.equal(stand.simulator.report().queues[QUEUE]?.counts.created ?? 0, 0);
      });
    }

    it('refuses App Engine tasks in clear words', async () => {
      const task = { appEngineHttpRequest: { relativeUri: '/work' } };
      await assert.rejects(
        stand.client.createTask({ parent: QUEUE, task }),
        refusal('UNIMPLEMENTED', /HTTP tasks only/),
      );
    });
  });

  describe('views, lists and single tasks', () => {
    const body = Buffer.from('{"data":1}');

    it('shows the body in the FULL view only', async () => {
      const httpRequest = { url: `${stand.workerUrl}/work`, body };
      const name = taskName('seen');
      const task = { name, httpRequest, ...at(START_MS + 1000) };
      const [basic] = await stand.client.createTask({ parent: QUEUE, task });
      assert.equal(basic.view, 'BASIC');
      assert.equal(basic.httpRequest?.body?.length, 0);
      const [full] = await stand.client.getTask({ name, responseView: 'FULL' });
      assert.equal(full.view, 'FULL');
      assert.deepEqual(full.httpRequest?.body, body);
      const [[listed]] = await stand.client.listTasks({ parent: QUEUE, responseView: 'FULL' });
      assert.deepEqual(listed?.httpRequest?.body, body);
    });

    it('lists page by page, undisturbed by tasks that come and go', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e'];
      for (const id of ids) await stand.create({ name: taskName(id), ...at(START_MS + 1000) });
      const request = { parent: QUEUE, pageSize: 2 };
      const [first, next] = await stand.client.listTasks(request, { autoPaginate: false });
      await stand.client.deleteTask({ name: taskName('a') });
      await stand.create({ name: taskName('f'), ...at(START_MS + 1000) });
      const [rest] = await stand.client.listTasks(
        { ...request, pageSize: 1000, pageToken: next?.pageToken ?? '' },
        { autoPaginate: false },
      );
      const listed = [...first, ...rest].map((task) => task.name);
      assert.deepEqual(listed, [...ids, 'f'].map(taskName));
    });

    it('no longer has a task that succeeded or was deleted, and never had one unheard of', async () => {
      await stand.create({ name: taskName('done') });
      await stand.settle();
      for (const call of ['getTask', 'deleteTask', 'runTask'] as const) {
        const done = stand.client[call]({ name: taskName('done') }) as Promise<unknown>;
        await assert.rejects(done, refusal('NOT_FOUND', /either successfully completed or was deleted/));
        const unheard = stand.client[call]({ name: taskName('unheard') }) as Promise<unknown>;
        await assert.rejects(unheard, refusal('NOT_FOUND', /Requested entity was not found/));
      }
    });
  });
});
