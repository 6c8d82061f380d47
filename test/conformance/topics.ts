import assert from 'node:assert/strict';
import type { RangeSignal } from '../../functions/src/contract/signals.ts';
import type { DeadLetters, RangeTopic } from '../../functions/src/ports.ts';

export type Letter = Parameters<DeadLetters['put']>[0];

/** A consumer's work on one message; it fails, and is given the message again, where this rejects. */
export type Consume<T> = (message: T) => Promise<void>;

/** A topic with one consumer behind it. */
export interface TopicStand<Port> {
  readonly topic: Port;
  /** Waits for something that deliveries bring about; rejects where it does not come. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of the `RangeTopic` port does alike. */
export function rangeTopicConformance(open: (consume: Consume<RangeSignal>) => Promise<TopicStand<RangeTopic>>): void {
  let stand: TopicStand<RangeTopic>;
  let received: RangeSignal[];
  let fails: (signal: RangeSignal) => boolean;
  const distinct = (): string[] => distinctOf(received);
  const signals = (campaignId: string, count: number): RangeSignal[] =>
    Array.from({ length: count }, (_, range) => ({ campaignId, range }));

  beforeEach(async () => {
    received = [];
    fails = () => false;
    stand = await open(async (signal) => {
      received.push(signal);
      if (fails(signal)) throw new Error('the consumer fails');
    });
  });

  afterEach(() => stand.close());

  it('delivers every signal as it was released', async () => {
    const released = [...signals('spring-2026', 2), { campaignId: 'A_b.c-1', range: Number.MAX_SAFE_INTEGER }];
    const expected = distinctOf(released);
    await stand.topic.release(released);
    for (const signal of released.splice(0)) signal.range = 77;
    await stand.until(() => distinct().length >= 3);
    assert.deepEqual(distinct(), expected);
  });

  it('delivers nothing for an empty list', async () => {
    await stand.topic.release([]);
    const last = { campaignId: 'last', range: 0 };
    await stand.topic.release([last]);
    await stand.until(() => received.some(({ campaignId }) => campaignId === 'last'));
    assert.deepEqual(distinct(), distinctOf([last]));
  });

  it('delivers a signal again, as it was, until its consumer succeeds', async () => {
    const failing = (): RangeSignal[] => received.filter(({ range }) => range === 1);
    fails = ({ range }) => range === 1 && failing().length <= 2;
    await stand.topic.release(signals('c', 3));
    await stand.until(() => failing().length >= 3 && distinct().length >= 3);
    assert.deepEqual(distinct(), distinctOf(signals('c', 3)));
  });

  it('delivers every one of many signals that are released at once', async () => {
    const lists = ['a', 'b', 'c', 'd'].map((campaignId) => signals(campaignId, 250));
    await Promise.all(lists.map((list) => stand.topic.release(list)));
    await stand.until(() => received.length >= 1_000 && distinct().length >= 1_000);
    assert.deepEqual(distinct(), distinctOf(lists.flat()));
  });
}

/** What every adapter of the `DeadLetters` port does alike. */
export function deadLettersConformance(open: (consume: Consume<Letter>) => Promise<TopicStand<DeadLetters>>): void {
  let stand: TopicStand<DeadLetters>;
  let received: Letter[];

  beforeEach(async () => {
    received = [];
    stand = await open(async (letter) => void received.push(letter));
  });

  afterEach(() => stand.close());

  const arrive = async (letters: readonly Letter[]): Promise<void> => {
    await stand.until(() => distinctOf(received).length >= letters.length);
    assert.deepEqual(distinctOf(received), distinctOf(letters));
  };

  it('keeps source, reason and body as they are given', async () => {
    const letter = { source: 'ranges', reason: 'campaignId: is no id; range: is none', body: '{"range":-1}' };
    await stand.topic.put(letter);
    await arrive([letter]);
  });

  it('keeps what is not ASCII, not JSON or not there', async () => {
    const letters = [
      { source: 'conduct', reason: '“봉수” – ไม่ 🔥', body: '{"campaignId":"봄 세일 🔥","tick":"é\u0301"}' },
      { source: 'retry', reason: 'it is not JSON', body: 'line one\r\nline "two"\t\u0000\\' },
      { source: 'launch', reason: 'it is not JSON', body: '' },
    ];
    for (const letter of letters) await stand.topic.put(letter);
    await arrive(letters);
  });

  it('keeps every one of many that are put at once', async () => {
    const letters = Array.from({ length: 50 }, (_, nth) => ({
      source: 'ranges',
      reason: `no. ${nth}`,
      body: `${nth}`,
    }));
    await Promise.all(letters.map((letter) => stand.topic.put(letter)));
    await arrive(letters);
  });
}

/** Without repetitions and in an order of its own: a topic may deliver more than once, in any order. */
function distinctOf(messages: readonly object[]): string[] {
  return [...new Set(messages.map((message) => JSON.stringify(Object.entries(message).toSorted(byKey))))].sort();
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
