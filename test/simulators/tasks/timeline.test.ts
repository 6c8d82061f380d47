import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Timeline } from '../../../simulators/tasks/engine/timeline.ts';

const quiet = async (): Promise<void> => undefined;

describe('tasks simulator: timeline', () => {
  it('runs what is due by an advance, in order of time, each at its own moment, and nothing called off', async () => {
    const entry = fc.record({ dueMs: fc.nat(1000), cancelled: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 200 }), fc.nat(1200), async (entries, targetMs) => {
        const timeline = new Timeline('manual', 0);
        const ran: { dueMs: number; atMs: number }[] = [];
        for (const { dueMs, cancelled } of entries) {
          const cancel = timeline.at(dueMs, () => ran.push({ dueMs, atMs: timeline.nowMs() }));
          if (cancelled) cancel();
        }
        await timeline.advanceTo(targetMs, quiet);
        const expected = entries
          .filter(({ dueMs, cancelled }) => !cancelled && dueMs <= targetMs)
          .map(({ dueMs }) => dueMs)
          .sort((a, b) => a - b);
        assert.deepEqual(
          ran,
          expected.map((dueMs) => ({ dueMs, atMs: dueMs })),
        );
        assert.equal(timeline.nowMs(), targetMs);
        timeline.close();
      }),
      { numRuns: 50 },
    );
  });

  it('runs in the same advance what an entry adds, if it is due by then', async () => {
    const timeline = new Timeline('manual', 0);
    const ran: number[] = [];
    const hop = () => {
      ran.push(timeline.nowMs());
      timeline.at(timeline.nowMs() + 30, hop);
    };
    timeline.at(30, hop);
    await timeline.advanceTo(100, quiet);
    assert.deepEqual(ran, [30, 60, 90]);
    timeline.close();
  });

  it('does one advance after the other', async () => {
    const timeline = new Timeline('manual', 0);
    const ran: number[] = [];
    for (const dueMs of [10, 20]) timeline.at(dueMs, () => ran.push(timeline.nowMs()));
    await Promise.all([timeline.advanceTo(15, quiet), timeline.advanceTo(25, quiet)]);
    assert.deepEqual(ran, [10, 20]);
    assert.equal(timeline.nowMs(), 25);
    timeline.close();
  });

  it('flows by itself in system mode, from where an advance has brought it', async () => {
    const timeline = new Timeline('system', 1_000_000);
    await timeline.advanceTo(2_000_000, quiet);
    const ranAtMs = await new Promise<number>((resolve) => {
      timeline.at(2_000_020, () => resolve(timeline.nowMs()));
    });
    assert.ok(ranAtMs >= 2_000_020);
    timeline.close();
  });

  it('goes on although waiting for quiet failed', async () => {
    const timeline = new Timeline('manual', 0);
    await assert.rejects(timeline.advanceTo(10, async () => Promise.reject(new Error('not quiet'))));
    await timeline.advanceTo(20, quiet);
    assert.equal(timeline.nowMs(), 20);
    timeline.close();
  });

  it('runs nothing after close', async () => {
    const timeline = new Timeline('manual', 0);
    let ran = false;
    timeline.at(0, () => {
      ran = true;
    });
    timeline.close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ran, false);
  });
});
