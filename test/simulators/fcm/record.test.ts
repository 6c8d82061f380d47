import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Recorder } from '../../../simulators/fcm/record/recorder.ts';
import { StringPool } from '../../../simulators/fcm/record/stringPool.ts';

interface Post {
  readonly address: string;
  readonly tag: string | undefined;
  readonly title: string;
}

const post: fc.Arbitrary<Post> = fc.record({
  address: fc.constantFrom('a', 'b', 'c'),
  tag: fc.constantFrom('x', 'y', undefined),
  title: fc.constantFrom('1', '2'),
});

function record(recorder: Recorder, { address, tag, title }: Post, atMs = 0): void {
  const message = { notification: { title }, ...(tag === undefined ? {} : { webpush: { notification: { tag } } }) };
  recorder.decide(recorder.arrive(address).addressId, message, 'accepted', atMs, 1);
}

/** The definitions of the README, the long way. */
function model(posts: readonly Post[]): { duplicates: number; shownTwice: number } {
  const trays = new Map<string, Map<string, { title: string; count: number; untagged: boolean }>>();
  let duplicates = 0;
  for (const { address, tag, title } of posts) {
    const tray = trays.get(address) ?? new Map();
    trays.set(address, tray);
    const key = tag === undefined ? `content ${title}` : `tag ${tag}`;
    const count = tray.get(key)?.count ?? 0;
    duplicates += count > 0 ? 1 : 0;
    tray.set(key, { title, count: count + 1, untagged: tag === undefined });
  }
  let shownTwice = 0;
  for (const tray of trays.values()) {
    const titles = [...tray.values()].flatMap(({ title, count, untagged }) =>
      Array<string>(untagged ? count : 1).fill(title),
    );
    shownTwice += titles.length - new Set(titles).size;
  }
  return { duplicates, shownTwice };
}

describe('the account', () => {
  it('counts duplicates and what is shown twice as defined', () => {
    fc.assert(
      fc.property(fc.array(post, { maxLength: 40 }), (posts) => {
        const recorder = new Recorder(false);
        for (const one of posts) record(recorder, one);
        const { duplicates, shownTwice, accepted, distinctAddresses } = recorder.report(0);
        assert.deepEqual({ duplicates, shownTwice }, model(posts));
        assert.deepEqual(
          [accepted, distinctAddresses],
          [posts.length, new Set(posts.map(({ address }) => address)).size],
        );
      }),
      { numRuns: 500 },
    );
  });

  it('measures rates from the arrivals', () => {
    const recorder = new Recorder(false);
    for (const atMs of [0, 100, 200, 1500, 1600, 1700, 1800, 4000])
      record(recorder, { address: `${atMs}`, tag: 't', title: '' }, atMs);
    const { messagesPerSecond, firstArrivalAt, lastArrivalAt } = recorder.report(4500);
    assert.deepEqual([firstArrivalAt, lastArrivalAt], [0, 4000]);
    assert.deepEqual(messagesPerSecond, { lastSecond: 1, lastTenSeconds: 0.8, overall: 2, peak: 4 });
  });

  it('keeps 100,000 devices apart', () => {
    const recorder = new Recorder(false);
    for (let at = 0; at < 100_000; at += 1)
      record(recorder, { address: `device-${at}`, tag: `t-${at}`, title: `${at}` });
    record(recorder, { address: 'device-77777', tag: 't-77777', title: '77777' });
    const { duplicates, shownTwice, distinctAddresses } = recorder.report(0);
    assert.deepEqual([duplicates, shownTwice, distinctAddresses], [1, 0, 100_000]);
    assert.deepEqual(recorder.devices.device('device-99999')?.tray[0]?.tag, 't-99999');
  });

  it('keeps one device with 50,000 tags', () => {
    const recorder = new Recorder(false);
    for (let at = 0; at < 50_000; at += 1) record(recorder, { address: 'one', tag: `t-${at}`, title: 'same' });
    assert.equal(recorder.report(0).shownTwice, 49_999);
  });
});

describe('StringPool', () => {
  it('gives one number for one string and the string back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 30 })), (texts) => {
        const pool = new StringPool();
        const numbers = texts.map((text) => pool.intern(text));
        assert.deepEqual(
          numbers.map((number) => pool.text(number)),
          texts,
        );
        assert.equal(pool.size, new Set([...texts, '']).size);
        for (const [at, text] of texts.entries()) assert.equal(pool.find(text), numbers[at]);
        assert.equal(pool.find('never added, and longer than the others are'), -1);
      }),
    );
  });
});
