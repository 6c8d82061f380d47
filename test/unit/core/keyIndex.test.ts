import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bucketCount,
  bucketOfKey,
  encodePartKeys,
  KeyGatherer,
  keyHash,
  pagesOfKey,
  passesOver,
  repeatedIn,
} from '../../../functions/src/core/keyIndex.ts';

const PAGE = 500;

/** Parts of keys as an upload brings them: each part's keys page by page, and where its first page stands. */
function partsOf(parts: readonly (readonly string[])[]): { readonly keys: Uint8Array; readonly firstPage: number }[] {
  let nextPage = 0;
  return parts.map((keys) => {
    const firstPage = nextPage;
    nextPage += Math.ceil(keys.length / PAGE);
    return {
      keys: encodePartKeys(keys.map((key, line) => ({ hash: keyHash(key), page: Math.floor(line / PAGE) }))),
      firstPage,
    };
  });
}

/** The index of all buckets, gathered in passes of `perPass` buckets. */
function indexOf(parts: readonly (readonly string[])[], buckets: number, perPass: number): Map<number, Buffer> {
  const index = new Map<number, Buffer>();
  for (let first = 0; first < buckets; first += perPass) {
    const gatherer = new KeyGatherer(first, Math.min(perPass, buckets - first), buckets);
    for (const { keys, firstPage } of partsOf(parts)) gatherer.add(keys, firstPage);
    for (const { bucket, entries } of gatherer.indexes()) index.set(bucket, Buffer.from(entries));
  }
  return index;
}

describe('the index of keys', () => {
  it('is gathered in passes that take every bucket once, and few of them at a time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), (buckets) => {
        const passes = passesOver(buckets);
        const taken = passes.flatMap(({ first, count }) => Array.from({ length: count }, (_, place) => first + place));
        assert.deepEqual(
          taken,
          Array.from({ length: buckets }, (_, bucket) => bucket),
        );
        assert.ok(passes.every(({ count }) => count <= 50));
      }),
    );
    assert.deepEqual(passesOver(0), []);
    assert.equal(passesOver(bucketCount(1_000_000)).length, 2);
  });

  it('is the same, however many passes it takes', () => {
    const texts = fc.array(fc.array(fc.string({ maxLength: 6 }), { maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        texts,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        (parts, buckets, perPass) => {
          assert.deepEqual(indexOf(parts, buckets, perPass), indexOf(parts, buckets, buckets));
        },
      ),
    );
  });

  it('finds the page of every key by its bucket alone, and of no other', () => {
    const parts = [0, 1, 2].map((part) => Array.from({ length: 1_200 }, (_, line) => `key-${part}-${line}`));
    const index = indexOf(parts, 7, 3);
    for (const [part, keys] of parts.entries()) {
      for (const [line, key] of keys.entries()) {
        const entries = index.get(bucketOfKey(key, 7)) ?? Buffer.alloc(0);
        assert.deepEqual(pagesOfKey(entries, key), [3 * part + Math.floor(line / PAGE)], key);
      }
    }
    assert.deepEqual(pagesOfKey(index.get(bucketOfKey('a stranger', 7)) ?? Buffer.alloc(0), 'a stranger'), []);
    assert.deepEqual([...index.values()].flatMap(repeatedIn), []);
  });

  it('takes a bucket that holds more than its share, up to all keys there are', () => {
    const keys = Array.from({ length: 25_000 }, (_, line) => `key-${line}`);
    const entries = indexOf([keys], 1, 1).get(0) ?? Buffer.alloc(0);
    assert.equal(entries.length, 25_000 * 12);
    assert.deepEqual(pagesOfKey(entries, 'key-24999'), [49]);
  });

  it('names a hash that stands twice with its pages, in one part or in two', () => {
    const [one, two] = ['twice in one part', 'in both parts'];
    const first = [...Array.from({ length: PAGE }, (_, line) => `a-${line}`), one, one, two];
    const second = [two, 'once'];
    const repeated = [...indexOf([first, second], 4, 1).values()].flatMap(repeatedIn);
    const found = new Map(repeated.map(({ hash, pages }) => [hash.toString('hex'), pages.toSorted((a, b) => a - b)]));
    assert.deepEqual(
      found,
      new Map([
        [keyHash(one).toString('hex'), [1, 1]],
        [keyHash(two).toString('hex'), [1, 2]],
      ]),
    );
  });
});
