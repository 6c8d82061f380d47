import assert from 'node:assert/strict';
import type { TaskName, TaskPayloads } from '../../functions/src/contract/signals.ts';
import type { TaskQueue } from '../../functions/src/ports.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A function's work on one task; the function fails where this rejects. */
export type Handle = (task: string, payload: unknown) => Promise<void>;

/** A task queue on a clock that only a test moves. */
export interface TaskQueueStand {
  readonly tasks: TaskQueue;
  nowMs(): number;
  /** Moves the clock ahead, and lets all that is due on the way come to its end. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of the `TaskQueue` port does alike. */
export function taskQueueConformance(open: (handle: Handle) => Promise<TaskQueueStand>): void {
  let stand: TaskQueueStand;
  let calls: { readonly task: string; readonly payload: unknown; readonly atMs: number }[];
  /** Calls that fail before one succeeds. */
  let failures: number;
  const enqueue = <T extends TaskName>(task: T, payload: TaskPayloads[T], name: string, afterMs = 0): Promise<void> =>
    stand.tasks.enqueue(task, payload, { name, atMs: stand.nowMs() + afterMs });
  const called = (): [string, unknown][] => calls.map(({ task, payload }) => [task, payload]);

  beforeEach(async () => {
    calls = [];
    failures = 0;
    stand = await open(async (task, payload) => {
      calls.push({ task, payload, atMs: stand.nowMs() });
      failures -= 1;
      if (failures >= 0) throw new Error('the function fails');
    });
  });

  afterEach(() => stand.close());

  it('calls the function of each task with exactly its payload', async () => {
    const payloads: TaskPayloads = {
      launch: { campaignId: 'spring-2026' },
      conduct: { campaignId: 'spring-2026', tick: 0 },
      retry: { campaignId: 'spring-2026', batchId: '7-1', attempt: 2, probe: true },
      care: { campaignId: 'spring-2026', from: Number.MAX_SAFE_INTEGER },
    };
    for (const [task, payload] of Object.entries(payloads) as [TaskName, TaskPayloads[TaskName]][]) {
      await enqueue(task, payload, `a-${task}`);
    }
    await stand.advance(0);
    assert.deepEqual(Object.fromEntries(called()), payloads);
    assert.equal(calls.length, 4);
  });

  it('carries the payload as it was when it was taken', async () => {
    const payload = { campaignId: 'c', tick: 1 };
    await enqueue('conduct', payload, 'a', 1_000);
    payload.tick = 2;
    await stand.advance(1_000);
    assert.deepEqual(called(), [['conduct', { campaignId: 'c', tick: 1 }]]);
  });

  it('calls at the time, and not a millisecond before', async () => {
    const atMs = stand.nowMs() + 90_123;
    await enqueue('conduct', { campaignId: 'c', tick: 1 }, 'a', 90_123);
    await stand.advance(90_122);
    assert.equal(calls.length, 0);
    await stand.advance(1);
    assert.deepEqual(
      calls.map((call) => call.atMs),
      [atMs],
    );
  });

  it('calls at once where the time is past', async () => {
    await enqueue('conduct', { campaignId: 'c', tick: 1 }, 'a', -1);
    await stand.tasks.enqueue('conduct', { campaignId: 'c', tick: 2 }, { name: 'b', atMs: 0 });
    await stand.advance(0);
    assert.deepEqual(new Set(calls.map(({ payload }) => (payload as { tick: number }).tick)), new Set([1, 2]));
    assert.equal(calls.length, 2);
  });

  it('takes a name once, and quietly drops it before and after the task has run', async () => {
    await enqueue('conduct', { campaignId: 'c', tick: 1 }, 'a', MINUTE_MS);
    await enqueue('conduct', { campaignId: 'c', tick: 2 }, 'a');
    await stand.advance(0);
    assert.equal(calls.length, 0);
    await stand.advance(MINUTE_MS);
    await enqueue('conduct', { campaignId: 'c', tick: 3 }, 'a');
    await stand.advance(MINUTE_MS);
    assert.deepEqual(called(), [['conduct', { campaignId: 'c', tick: 1 }]]);
  });

  it('takes one of many of a name at the same time', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, tick) => enqueue('conduct', { campaignId: 'c', tick }, 'a')));
    await stand.advance(MINUTE_MS);
    assert.equal(calls.length, 1);
  });

  it('takes every name there is, whatever the payload', async () => {
    const names = ['a', 'b', 'A', 'a-1', 'a_1'];
    await Promise.all(names.map((name) => enqueue('launch', { campaignId: 'c' }, name)));
    await stand.advance(MINUTE_MS);
    assert.equal(calls.length, names.length);
  });

  it('takes the name of one task for another task', async () => {
    await enqueue('launch', { campaignId: 'c' }, 'a');
    await enqueue('care', { campaignId: 'c', from: 0 }, 'a');
    await stand.advance(0);
    assert.deepEqual(
      called()
        .map(([task]) => task)
        .sort(),
      ['care', 'launch'],
    );
  });

  it('calls again with the same payload until the function succeeds, and drops the name meanwhile', async () => {
    failures = 3;
    await enqueue('conduct', { campaignId: 'c', tick: 1 }, 'a');
    await stand.advance(0);
    assert.equal(calls.length, 1);
    await enqueue('conduct', { campaignId: 'c', tick: 2 }, 'a');
    await stand.advance(5 * MINUTE_MS);
    assert.equal(calls.length, 4);
    for (const call of called()) assert.deepEqual(call, ['conduct', { campaignId: 'c', tick: 1 }]);
  });

  it('refuses what is more than 30 days ahead, and leaves its name to whoever comes with less', async () => {
    await assert.rejects(enqueue('launch', { campaignId: 'early' }, 'a', 30 * DAY_MS + 1));
    await enqueue('launch', { campaignId: 'c' }, 'a', 30 * DAY_MS);
    await stand.advance(30 * DAY_MS - 1);
    assert.equal(calls.length, 0);
    await stand.advance(1);
    assert.deepEqual(called(), [['launch', { campaignId: 'c' }]]);
  });
}
