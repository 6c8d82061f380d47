import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MEMBERS_PER_PAGE, pageOf } from '../../../functions/src/core/page.ts';
import {
  plannedShare,
  planMembers,
  planPages,
  type PlanCursor,
  type RangePlan,
} from '../../../functions/src/core/plan.ts';

/** Plans an audience to its end over a directory that has these pages. */
function planAll(from: number, to: number, pages: readonly number[], size: number): RangePlan[] {
  const ranges: RangePlan[] = [];
  let cursor: PlanCursor = { nextIndex: 0, nextPosition: from };
  while (cursor.nextPosition !== null) {
    const first = pageOf(cursor.nextPosition);
    const occupied = pages.find((page) => page >= first && page <= pageOf(to)) ?? null;
    const next = planMembers(cursor, to, occupied, size);
    cursor = next.cursor;
    if (next.range !== null) ranges.push(next.range);
  }
  return ranges;
}

describe('plan', () => {
  const audience = fc
    .record({
      from: fc.integer({ min: 1, max: 20_000 }),
      span: fc.integer({ min: 0, max: 50_000 }),
      pages: fc.uniqueArray(fc.integer({ min: 0, max: 150 }), { maxLength: 60 }),
      size: fc.integer({ min: 500, max: 12_000 }),
    })
    .map(({ from, span, pages, size }) => ({ from, to: from + span, pages: pages.sort((a, b) => a - b), size }));

  it('puts every member number of an existing page into exactly one range', () => {
    fc.assert(
      fc.property(audience, ({ from, to, pages, size }) => {
        const ranges = planAll(from, to, pages, size);
        for (const page of pages) {
          const first = Math.max(from, page * MEMBERS_PER_PAGE);
          const last = Math.min(to, (page + 1) * MEMBERS_PER_PAGE - 1);
          for (const no of first <= last ? [first, last] : []) {
            assert.equal(ranges.filter((range) => range.from <= no && no <= range.to).length, 1, `member ${no}`);
          }
        }
      }),
    );
  });

  it('never reads a page for two ranges, never leaves the audience, and numbers ranges in order', () => {
    fc.assert(
      fc.property(audience, ({ from, to, pages, size }) => {
        const ranges = planAll(from, to, pages, size);
        ranges.forEach((range, index) => {
          assert.equal(range.index, index);
          assert.ok(range.from >= from && range.to <= to && range.from <= range.to);
          const before = ranges[index - 1];
          if (before !== undefined) assert.ok(pageOf(before.to) < pageOf(range.from));
        });
      }),
    );
  });

  it('plans nothing where no page exists, and at the top of the number space', () => {
    assert.deepEqual(planAll(1, Number.MAX_SAFE_INTEGER, [], 10_000), []);
    const top = Number.MAX_SAFE_INTEGER;
    assert.deepEqual(planAll(top, top, [pageOf(top)], 10_000), [{ index: 0, from: top, to: top }]);
  });

  it('puts every page of an upload into exactly one range, whole, in order and none too large', () => {
    const upload = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 200 }),
      perRange: fc.integer({ min: 1, max: 3_000 }),
      seen: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(upload, ({ sizes, perRange, seen }) => {
        const ranges: RangePlan[] = [];
        let cursor: PlanCursor = { nextIndex: 0, nextPosition: 0 };
        while (cursor.nextPosition !== null) {
          const ahead = sizes.slice(cursor.nextPosition, cursor.nextPosition + seen);
          const next = planPages(cursor, sizes.length - 1, ahead, perRange);
          cursor = next.cursor;
          if (next.range !== null) ranges.push(next.range);
        }
        assert.deepEqual(
          ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index)),
          sizes.map((_, page) => page),
        );
        for (const { from, to } of ranges) {
          const held = sizes.slice(from, to + 1).reduce((sum, size) => sum + size, 0);
          assert.ok(from === to || held <= perRange);
        }
      }),
    );
  });

  it('tells how much of an audience is planned', () => {
    assert.equal(plannedShare({ nextIndex: 0, nextPosition: 1 }, { from: 1, to: 100 }), 0);
    assert.equal(plannedShare({ nextIndex: 1, nextPosition: 51 }, { from: 1, to: 100 }), 0.5);
    assert.equal(plannedShare({ nextIndex: 2, nextPosition: null }, { from: 1, to: 100 }), 1);
  });
});
