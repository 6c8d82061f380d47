import assert from 'node:assert/strict';
import type { SendResult } from '../../functions/src/contract/push.ts';
import type { InFlightSettings } from '../../functions/src/core/inFlight.ts';
import type { InFlight, Permit } from '../../functions/src/ports.ts';
import { inFlight } from '../../functions/src/stages/inFlight.ts';
import { VirtualClock } from '../memory/clock.ts';

const MIB = 1_048_576;
const SETTINGS: InFlightSettings = { perSecond: 6_000, most: 8_000, memoryBytes: 512 * MIB };
const BATCH = { pushes: 500, bytes: 1 * MIB };
const ACCEPTED: SendResult = { kind: 'accepted' };
const THROTTLED: SendResult = { kind: 'refused', code: 'QUOTA_EXCEEDED' };

interface Stand {
  readonly control: InFlight;
  readonly clock: VirtualClock;
  /** Asks for a batch; the permits that were given are in `permits`, in order. */
  readonly ask: (load?: typeof BATCH) => void;
  readonly permits: Permit[];
}

function stand(settings: Partial<InFlightSettings> = {}, rssBytes = 128 * MIB): Stand {
  const clock = new VirtualClock(0);
  const control = inFlight({ ...SETTINGS, ...settings }, clock, () => ({ rssBytes, busy: 0.5 }));
  const permits: Permit[] = [];
  const ask = (load = BATCH): void => void control.acquire(load).then((permit) => permits.push(permit));
  return { control, clock, ask, permits };
}

function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function answer(permit: Permit | undefined, count: number, result: SendResult = ACCEPTED): void {
  for (let n = 0; n < count; n += 1) permit?.answered(result);
}

async function pass(clock: VirtualClock, ms: number): Promise<void> {
  let over = false;
  void clock.sleep(ms).then(() => (over = true));
  await clock.runUntil(() => over);
}

describe('places in flight', () => {
  it('are given back message by message: a batch of which two hang holds two', async () => {
    const { ask, permits } = stand({ most: 1_000 });
    for (let n = 0; n < 3; n += 1) ask();
    await quiet();
    assert.equal(permits.length, 2);
    answer(permits[0], 498);
    await quiet();
    assert.equal(permits.length, 2);
    answer(permits[1], 498);
    await quiet();
    assert.equal(permits.length, 3);
  });

  it('are given back once, whatever is said twice', async () => {
    const { ask, permits } = stand({ most: 1_000 });
    for (let n = 0; n < 5; n += 1) ask();
    await quiet();
    answer(permits[0], 2_000);
    permits[0]?.release();
    permits[0]?.release();
    answer(permits[0], 500);
    await quiet();
    assert.equal(permits.length, 3);
    permits[1]?.release();
    await quiet();
    assert.equal(permits.length, 4);
  });

  it('hold the bytes of a batch until it is recorded', async () => {
    const { ask, permits } = stand();
    const heavy = { pushes: 10, bytes: 60 * MIB };
    ask(heavy);
    ask(heavy);
    await quiet();
    answer(permits[0], 10);
    await quiet();
    assert.equal(permits.length, 1);
    permits[0]?.release();
    await quiet();
    assert.equal(permits.length, 2);
  });

  it('go to whoever waits longest: small batches do not overtake a large one', async () => {
    const { control, ask, permits } = stand({ most: 1_000 });
    ask();
    ask({ pushes: 400, bytes: 1 });
    const order: string[] = [];
    void control.acquire(BATCH).then(() => order.push('large'));
    void control.acquire({ pushes: 1, bytes: 1 }).then(() => order.push('small'));
    await quiet();
    assert.deepEqual(order, []);
    permits[0]?.release();
    await quiet();
    assert.deepEqual(order, ['large', 'small']);
  });

  it('become more while the set rate is not reached, and fewer when FCM throttles', async () => {
    const { clock, ask, permits } = stand();
    for (let n = 0; n < 20; n += 1) ask();
    await quiet();
    assert.equal(permits.length, 4);
    await pass(clock, 500);
    answer(permits[0], 1);
    await quiet();
    assert.equal(permits.length, 6);
    await pass(clock, 500);
    for (const permit of permits.slice(0, 6)) answer(permit, 499, THROTTLED);
    await quiet();
    const unanswered = (permits.length - 6) * 500 + 6;
    assert.ok(unanswered <= 1_500, `${unanswered} in flight after all were throttled`);
  });

  it('do not become more where the rate is reached or memory is short', async () => {
    for (const [perSecond, rssBytes] of [
      [1, 128 * MIB],
      [6_000, 400 * MIB],
    ] as const) {
      const { clock, ask, permits } = stand({ perSecond }, rssBytes);
      for (let n = 0; n < 20; n += 1) ask();
      await pass(clock, 500);
      answer(permits[0], 500);
      await quiet();
      assert.equal(permits.length, 5);
    }
  });
});
