import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InstanceTime } from '../../functions/src/stages/instanceTime.ts';
import { metered } from '../../functions/src/store/meter.ts';
import { VirtualClock } from '../memory/clock.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, members, put, start, view } from './support.ts';

/** What each invocation is told of the instance's time, by when it starts and how long it runs. */
async function shares(runs: readonly (readonly [startMs: number, ranMs: number])[]): Promise<number[]> {
  const clock = new VirtualClock(0);
  const instance = new InstanceTime(clock);
  let left = runs.length;
  const told = runs.map(async ([startMs, ranMs]) => {
    await clock.sleep(startMs);
    const share = await instance.during(async () => {
      const before = instance.ms;
      await clock.sleep(ranMs);
      return instance.ms - before;
    });
    left -= 1;
    return share;
  });
  await clock.runUntil(() => left === 0);
  return Promise.all(told);
}

describe('the time of an instance', () => {
  it('is one invocation’s where it is alone, and shared where several run', async () => {
    assert.deepEqual(await shares([[0, 1_000]]), [1_000]);
    assert.deepEqual(
      await shares([
        [0, 1_000],
        [500, 1_000],
        [5_000, 10],
      ]),
      [750, 750, 10],
    );
  });

  it('is told once in all, however invocations overlap', async () => {
    const run = fc.tuple(fc.nat(50), fc.nat(50));
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 6 }), async (runs) => {
        const sum = (await shares(runs)).reduce((total, ms) => total + ms, 0);
        const busy = Array.from({ length: 100 }, (_, ms) => runs.some(([from, ran]) => from <= ms && ms < from + ran));
        assert.ok(Math.abs(sum - busy.filter(Boolean).length) < 1e-6);
      }),
      { numRuns: 50 },
    );
  });

  it('ends with an invocation that fails', async () => {
    const clock = new VirtualClock(0);
    const instance = new InstanceTime(clock);
    await assert.rejects(instance.during(() => Promise.reject(new Error('down'))));
    const slept = clock.sleep(100);
    let done = false;
    void slept.then(() => (done = true));
    await clock.runUntil(() => done);
    assert.equal(instance.ms, 0);
  });

  it('is billed once by a meter', () => {
    let ms = 1_000;
    const meter = metered({ ...new MemoryCloud().world, instanceMs: () => ms });
    ms += 40;
    const first = meter.unbilled();
    meter.bill(first);
    ms += 2;
    assert.deepEqual([first.instanceMs, meter.unbilled().instanceMs], [40, 2]);
  });
});

describe('what a campaign costs', () => {
  it('holds the time for which its ranges waited for FCM', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(500));
    await create(cloud, 500);
    cloud.fcm.behaviour = () => ({ result: { kind: 'accepted' }, afterMs: 2_000 });
    await cloud.settle();
    const { operations, cost } = await view(cloud);
    assert.equal(operations.instanceMs, 2_000);
    assert.ok(cost.byService.functions > 0 && cost.byService.firestore > 0);
    assert.ok(Math.abs((cost.perMillionUsd ?? 0) * 500 - cost.usd * 1e6) < 0.001);
  });

  it('counts what its TTL deletes when it is made, and an upload’s own operations', async () => {
    const cloud = new MemoryCloud();
    await createUpload(cloud);
    await put(cloud, 1, [line('a'), line('b')]);
    const { operations } = await start(cloud, 1, 2);
    assert.ok(operations.firestoreWrites >= 5, 'campaign, page, part, held part, key bucket, sealed campaign');
    assert.equal(operations.firestoreDeletes, 1, 'the key bucket');
    await cloud.settle();
    const { firestoreDeletes } = (await view(cloud)).operations;
    // The key bucket, the range and its batch by their TTL; the page and the part at the end.
    assert.equal(firestoreDeletes, 5);
  });
});
