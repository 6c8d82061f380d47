import assert from 'node:assert/strict';
import fc from 'fast-check';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { SharedLooks } from '../../functions/src/stages/looks.ts';
import { CampaignWatch, LOOK_MS } from '../../functions/src/stages/watch.ts';
import { readCampaignRecord } from '../../functions/src/store/campaigns.ts';
import { metered } from '../../functions/src/store/meter.ts';
import { VirtualClock } from '../memory/clock.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, load, members } from './support.ts';

const EVERY_MS = 1_000;
const READ_MS = 10;

/** Those who watch one subject, by when each begins and for how long: the times of all reads, and of each one's looks. */
async function looksOf(
  watchers: readonly { readonly fromMs: number; readonly forMs: number }[],
): Promise<{ readonly reads: readonly number[]; readonly looks: readonly (readonly number[])[] }> {
  const clock = new VirtualClock(0);
  const shared = new SharedLooks(clock, EVERY_MS);
  const reads: number[] = [];
  let left = watchers.length;
  const looks = watchers.map(async ({ fromMs, forMs }) => {
    const seen: number[] = [];
    await clock.sleep(fromMs);
    const done = new AbortController();
    void clock.sleep(forMs).then(() => done.abort());
    const read = async (): Promise<number> => {
      const atMs = clock.now();
      reads.push(atMs);
      await clock.sleep(READ_MS);
      return atMs;
    };
    while (!done.signal.aborted) {
      const atMs = await shared.next('campaign', read, done.signal);
      if (atMs !== null) seen.push(atMs);
    }
    left -= 1;
    return seen;
  });
  await clock.runUntil(() => left === 0);
  return { reads, looks: await Promise.all(looks) };
}

describe('looks', () => {
  it('are taken once for all who wait for them', async () => {
    const { reads, looks } = await looksOf([
      { fromMs: 0, forMs: 3_500 },
      { fromMs: 300, forMs: 3_500 },
      { fromMs: 1_005, forMs: 3_500 },
    ]);
    // Whoever comes while one reads begins the next round.
    assert.deepEqual(reads, [1_000, 2_005, 3_015, 4_025]);
    assert.deepEqual(looks, [
      [1_000, 2_005, 3_015],
      [1_000, 2_005, 3_015],
      [2_005, 3_015, 4_025],
    ]);
  });

  it('are never less than their time apart, and leave nobody without one for longer', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fromMs: fc.nat(5_000), forMs: fc.nat(8_000) }), { minLength: 1, maxLength: 6 }),
        async (watchers) => {
          const { reads, looks } = await looksOf(watchers);
          assert.ok(gaps(reads).every((ms) => ms >= EVERY_MS));
          for (const [index, { fromMs, forMs }] of watchers.entries()) {
            const longest = Math.max(...gaps([fromMs, ...(looks[index] ?? []), fromMs + forMs]));
            assert.ok(longest <= EVERY_MS + READ_MS, `${longest} ms`);
          }
        },
      ),
    ));

  it('fail for all who waited, and are taken anew', async () => {
    const clock = new VirtualClock(0);
    const shared = new SharedLooks(clock, EVERY_MS);
    const { signal } = new AbortController();
    let reads = 0;
    const read = (): Promise<number> => {
      reads += 1;
      return reads === 1 ? Promise.reject(new Error('gone')) : Promise.resolve(reads);
    };
    const look = (): Promise<(number | string | null)[]> =>
      Promise.all([1, 2].map(() => shared.next('campaign', read, signal).catch((error: Error) => error.message)));
    const found: (number | string | null)[][] = [];
    void (async () => {
      for (let round = 0; round < 2; round += 1) found.push(await look());
    })();
    await clock.runUntil(() => found.length === 2);
    assert.deepEqual(found, [
      ['gone', 'gone'],
      [2, 2],
    ]);
  });

  it('are of one subject', async () => {
    const clock = new VirtualClock(0);
    const shared = new SharedLooks(clock, EVERY_MS);
    const { signal } = new AbortController();
    const found = Promise.all(['a', 'b'].map((id) => shared.next(id, () => Promise.resolve(id), signal)));
    let left = 1;
    void found.finally(() => (left = 0));
    await clock.runUntil(() => left === 0);
    assert.deepEqual(await found, ['a', 'b']);
  });
});

describe('invocations of one instance that send for one campaign', () => {
  it('read it once a second together, and all stop when it is paused', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(10));
    cloud.fcm.behaviour = () => ({ result: { kind: 'accepted' }, afterMs: 20_000 });
    await create(cloud, 10);
    await cloud.until(() => cloud.fcm.posts.length === 10);
    const stored = await readCampaignRecord(cloud.documents, 'c');
    assert.ok(stored !== null);
    const meters = [1, 2, 3].map(() => metered(cloud.world));
    const watches = meters.map((meter) => new CampaignWatch(meter, stored.record));
    const done = new AbortController();
    const watched = Promise.all(watches.map((watch) => watch.run(done.signal)));
    await cloud.pass(5.5 * LOOK_MS);
    assert.equal(
      meters.reduce((sum, meter) => sum + meter.unbilled().firestoreReads, 0),
      5,
    );
    await controlCampaign(cloud.world, 'c', 'pause', 'operator');
    await cloud.pass(LOOK_MS);
    assert.deepEqual(
      watches.map(({ signal }) => signal.aborted),
      [true, true, true],
    );
    await watched;
  });
});

function gaps(timesMs: readonly number[]): number[] {
  return timesMs.slice(1).map((atMs, place) => atMs - (timesMs[place] ?? 0));
}
