import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { MinHeap } from '../../../simulators/tasks/core/minHeap.ts';
import { retryAfterMs } from '../../../simulators/tasks/core/throttle.ts';
import { Tombstones } from '../../../simulators/tasks/core/tombstones.ts';
import { BoundedLog } from '../../../simulators/tasks/engine/journal.ts';

describe('tasks simulator: min-heap', () => {
  it('gives its items in order, whatever comes and goes in between', () => {
    const command = fc.oneof(fc.integer(), fc.constant('pop' as const), fc.constant('retainEven' as const));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        const heap = new MinHeap<number>((a, b) => a < b);
        let model: number[] = [];
        for (const next of commands) {
          if (next === 'pop') {
            assert.equal(heap.peek(), model[0]);
            assert.equal(heap.pop(), model.shift());
          } else if (next === 'retainEven') {
            heap.retain((item) => item % 2 === 0);
            model = model.filter((item) => item % 2 === 0);
          } else {
            heap.push(next);
            model = [...model, next].sort((a, b) => a - b);
          }
          assert.equal(heap.size, model.length);
        }
      }),
    );
  });
});

describe('tasks simulator: tombstones', () => {
  it('block exactly the names buried less than a lifetime ago', () => {
    const burial = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), afterMs: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(burial, { maxLength: 100 }), fc.nat(100), (burials, lifetimeMs) => {
        const tombstones = new Tombstones(lifetimeMs);
        const buriedMs = new Map<string, number>();
        let nowMs = 0;
        for (const { name, afterMs } of burials) {
          nowMs += afterMs;
          tombstones.bury(name, nowMs);
          buriedMs.set(name, nowMs);
          for (const [known, sinceMs] of buriedMs) {
            assert.equal(tombstones.holds(known, nowMs), nowMs - sinceMs < lifetimeMs);
          }
        }
      }),
    );
  });

  it('forget what has expired, so that memory stays bounded', () => {
    const tombstones = new Tombstones(10);
    for (let nowMs = 0; nowMs < 1000; nowMs += 1) tombstones.bury(`task-${nowMs}`, nowMs);
    assert.ok(tombstones.size <= 10);
  });
});

describe('tasks simulator: bounded log', () => {
  it('keeps the newest items and counts the others', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(100), (limit, count) => {
        const log = new BoundedLog<number>(limit);
        for (let item = 0; item < count; item += 1) log.push(item);
        const kept = Math.min(limit, count);
        assert.deepEqual(
          log.items(),
          Array.from({ length: kept }, (_, index) => count - kept + index),
        );
        assert.equal(log.forgotten, count - kept);
      }),
    );
  });
});

describe('tasks simulator: Retry-After', () => {
  const nowMs = Date.UTC(2026, 0, 1, 0, 0, 0);

  it('reads seconds and HTTP dates, and nothing else', () => {
    assert.equal(retryAfterMs('120', nowMs), 120_000);
    assert.equal(retryAfterMs(' 0 ', nowMs), 0);
    assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', nowMs), 30_000);
    assert.equal(retryAfterMs('Wed, 31 Dec 2025 23:59:30 GMT', nowMs), 0);
    for (const unreadable of [undefined, '', '-5', '1.5', 'soon', '2026-01-01']) {
      assert.equal(retryAfterMs(unreadable, nowMs), undefined, String(unreadable));
    }
  });
});
