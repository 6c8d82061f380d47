import type { Topic } from '@google-cloud/pubsub';
import { DEAD_LETTER_TOPIC, RANGES_TOPIC } from '../contract/signals.ts';
import type { DeadLetters, RangeTopic } from '../ports.ts';

interface Topics {
  readonly ranges: Topic;
  readonly deadLetters: Topic;
}

/**
 * The topics that are published to. `release` resolves when Pub/Sub has every one of the ranges.
 *
 * The SDK is loaded with the first message: it takes 8 MB of heap, all of which each collection walks, and an instance
 * that sends hardly ever publishes.
 */
export function pubsubTopics(projectId: string): { readonly ranges: RangeTopic; readonly deadLetters: DeadLetters } {
  let opening: Promise<Topics> | undefined;
  const topics = (): Promise<Topics> => (opening ??= open(projectId));
  return {
    ranges: {
      release: async (signals) => {
        if (signals.length === 0) return;
        const { ranges } = await topics();
        await Promise.all(signals.map(async (json) => ranges.publishMessage({ json })));
      },
    },
    deadLetters: {
      put: async ({ source, reason, body }) => {
        const { deadLetters } = await topics();
        await deadLetters.publishMessage({ data: Buffer.from(body), attributes: { source, reason } });
      },
    },
  };
}

async function open(projectId: string): Promise<Topics> {
  const { PubSub } = await import('@google-cloud/pubsub');
  const pubsub = new PubSub({ projectId });
  return {
    ranges: pubsub.topic(RANGES_TOPIC, { batching: { maxMilliseconds: 5 } }),
    deadLetters: pubsub.topic(DEAD_LETTER_TOPIC),
  };
}
