import type { PubSub } from '@google-cloud/pubsub';
import { DEAD_LETTER_TOPIC, RANGES_TOPIC } from '../contract/signals.ts';
import type { DeadLetters, RangeTopic } from '../ports.ts';

/** Publishes released ranges. Resolves when Pub/Sub has every one of them. */
export function pubsubRanges(pubsub: PubSub): RangeTopic {
  const topic = pubsub.topic(RANGES_TOPIC, { batching: { maxMilliseconds: 5 } });
  return {
    release: async (signals) => {
      await Promise.all(signals.map(async (json) => topic.publishMessage({ json })));
    },
  };
}

export function pubsubDeadLetters(pubsub: PubSub): DeadLetters {
  const topic = pubsub.topic(DEAD_LETTER_TOPIC);
  return {
    put: async ({ source, reason, body }) => {
      await topic.publishMessage({ data: Buffer.from(body), attributes: { source, reason } });
    },
  };
}
