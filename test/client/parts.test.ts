import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { partsOf, type Part } from '../../client/parts.ts';
import { collect } from './samples.ts';

async function cut(values: Iterable<unknown>, maxLines: number, maxBytes: number): Promise<Part[]> {
  return collect(partsOf(values, { maxLines, maxBytes }));
}

function linesIn(part: Part): unknown[] {
  const text = Buffer.from(part.bytes).toString();
  assert.ok(text.endsWith('\n'));
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('cutting an upload into requests', () => {
  it('keeps every value, in order, within both limits', async () => {
    const member = fc.record({ memberNo: fc.nat(), name: fc.string({ unit: 'grapheme' }) }, { noNullPrototype: true });
    const values = fc.array(member, { maxLength: 80 });
    const limits = [fc.integer({ min: 1, max: 12 }), fc.integer({ min: 20, max: 400 })] as const;
    await fc.assert(
      fc.asyncProperty(values, ...limits, async (members, maxLines, maxBytes) => {
        const parts = await cut(members, maxLines, maxBytes);
        assert.deepEqual(parts.flatMap(linesIn), members);
        let before = 0;
        for (const part of parts) {
          assert.equal(part.linesBefore, before);
          assert.equal(linesIn(part).length, part.lines);
          assert.ok(part.lines >= 1 && part.lines <= maxLines);
          assert.ok(part.bytes.length <= maxBytes || part.lines === 1, 'only a single line may be too long');
          before += part.lines;
        }
      }),
    );
  });

  it('fills a part before it opens another', async () => {
    const parts = await cut(
      Array.from({ length: 25 }, (_, index) => index),
      10,
      1_000,
    );
    assert.deepEqual(
      parts.map((part) => part.lines),
      [10, 10, 5],
    );
  });

  it('makes nothing of nothing', async () => {
    assert.deepEqual(await cut([], 10, 10), []);
  });

  it('holds no more than one part: it takes the next value only when asked for the next part', async () => {
    let taken = 0;
    function* endless() {
      for (;;) yield taken++;
    }
    const parts = partsOf(endless(), { maxLines: 3, maxBytes: 1_000 });
    await parts.next();
    assert.equal(taken, 4);
    await parts.return(undefined);
  });
});
