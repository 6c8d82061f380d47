import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEachInFlight } from '../../client/concurrency.ts';

async function* upTo(count: number, taken: number[] = []): AsyncGenerator<number> {
  for (let value = 0; value < count; value += 1) {
    taken.push(value);
    yield value;
  }
}

async function* broken(): AsyncGenerator<number> {
  yield 1;
  throw new Error('source');
}

describe('work in flight', () => {
  it('does everything once, never more at once than allowed, and uses what is allowed', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await forEachInFlight(upTo(20), 3, async (value) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(value % 3);
      running -= 1;
      done.push(value);
    });
    assert.deepEqual(
      done.toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, index) => index),
    );
    assert.equal(most, 3);
  });

  it('takes nothing more after a failure, and throws it when the rest has ended', async () => {
    const taken: number[] = [];
    const ended: number[] = [];
    const failing = forEachInFlight(upTo(100, taken), 2, async (value) => {
      if (value === 1) throw new Error('no');
      await sleep(5);
      ended.push(value);
    });
    await assert.rejects(failing, /no/);
    assert.deepEqual(taken, [0, 1]);
    assert.deepEqual(ended, [0]);
  });

  it('waits for what is in flight when the source fails', async () => {
    let ended = false;
    const failing = forEachInFlight(broken(), 2, async () => {
      await sleep(5);
      ended = true;
    });
    await assert.rejects(failing, /source/);
    assert.equal(ended, true);
  });
});
