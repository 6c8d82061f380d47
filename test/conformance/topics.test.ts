import { VirtualClock } from '../memory/clock.ts';
import { Redelivery } from '../memory/redelivery.ts';
import { MemoryDeadLetters, MemoryRanges } from '../memory/topics.ts';
import { deadLettersConformance, rangeTopicConformance } from './topics.ts';

const START_MS = Date.UTC(2026, 10, 21, 3);

describe('range topic in memory', () => {
  rangeTopicConformance(async (consume) => {
    const clock = new VirtualClock(START_MS);
    const redelivery = new Redelivery(clock, () => undefined);
    return {
      topic: new MemoryRanges((signal) => redelivery.bring(10, () => consume(signal))),
      until: (condition) => clock.runUntil(condition),
      close: () => Promise.resolve(),
    };
  });
});

describe('dead letters in memory', () => {
  deadLettersConformance(async (consume) => {
    const topic = new MemoryDeadLetters();
    return {
      topic,
      // Nobody is sent these letters: they lie there to be read.
      until: async (condition) => {
        for (const letter of topic.all) await consume(letter);
        if (!condition()) throw new Error('a letter is not there');
      },
      close: () => Promise.resolve(),
    };
  });
});
