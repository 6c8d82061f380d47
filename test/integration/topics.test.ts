import { randomUUID } from 'node:crypto';
import { PubSub, type Message } from '@google-cloud/pubsub';
import { DEAD_LETTER_TOPIC, RANGES_TOPIC, type RangeSignal } from '../../functions/src/contract/signals.ts';
import { pubsubTopics } from '../../functions/src/google/pubsub.ts';
import { deadLettersConformance, rangeTopicConformance, type Consume, type TopicStand } from '../conformance/topics.ts';
import { cloud, eventually } from './support/cloud.ts';

const DELIVERY_LIMIT_MS = 20_000;

type Ports = ReturnType<typeof pubsubTopics>;

/** A topic of a project that nobody else has on the emulator, with a subscription to it. */
async function openTopic<Port>(
  name: string,
  portOf: (ports: Ports) => Port,
  consume: (message: Message) => Promise<void>,
): Promise<TopicStand<Port>> {
  const projectId = `demo-${randomUUID().slice(0, 8)}`;
  const pubsub = new PubSub({ projectId, apiEndpoint: cloud().endpoints.pubsub, emulatorMode: true });
  const [topic] = await pubsub.createTopic(name);
  const [subscription] = await topic.createSubscription('consumer');
  subscription.on('message', (message: Message) => {
    consume(message).then(
      () => message.ack(),
      () => message.nack(),
    );
  });
  return {
    topic: portOf(pubsubTopics(projectId)),
    until: async (condition) => {
      await eventually('what was published', DELIVERY_LIMIT_MS, () => Promise.resolve(condition()));
    },
    close: async () => {
      await subscription.close();
      await subscription.delete();
      await topic.delete();
      await pubsub.close();
    },
  };
}

describe('topics in Pub/Sub', function () {
  this.timeout(60_000);

  before(() => {
    process.env['PUBSUB_EMULATOR_HOST'] = cloud().endpoints.pubsub;
  });

  after(() => {
    delete process.env['PUBSUB_EMULATOR_HOST'];
  });

  describe('of the ranges', () => {
    rangeTopicConformance((consume: Consume<RangeSignal>) =>
      openTopic(
        RANGES_TOPIC,
        ({ ranges }) => ranges,
        ({ data }) => consume(JSON.parse(data.toString()) as RangeSignal),
      ),
    );
  });

  describe('of the dead letters', () => {
    deadLettersConformance((consume) =>
      openTopic(
        DEAD_LETTER_TOPIC,
        ({ deadLetters }) => deadLetters,
        ({ data, attributes: { source = '', reason = '' } }) => consume({ source, reason, body: data.toString() }),
      ),
    );
  });
});
