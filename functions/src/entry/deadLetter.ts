import { onMessagePublished } from 'firebase-functions/v2/pubsub';
import { DEAD_LETTER_TOPIC, RANGES_TOPIC } from '../contract/signals.ts';
import { noteDeadLetter } from '../stages/deadLetter.ts';
import { wire } from '../wire.ts';
import { DEPLOYMENT } from './deployment.ts';

/** What Pub/Sub itself puts on the topic has been released to be sent, delivered several times, and failed each time. */
const GIVEN_UP = 'every delivery of it failed';

export const deadLetter = onMessagePublished(
  { ...DEPLOYMENT, topic: DEAD_LETTER_TOPIC, retry: true, maxInstances: 1 },
  async ({ data: { message } }) => {
    const { world } = wire();
    await noteDeadLetter(world, {
      id: message.messageId,
      source: message.attributes['source'] ?? RANGES_TOPIC,
      reason: message.attributes['reason'] ?? GIVEN_UP,
      body: Buffer.from(message.data, 'base64').toString('utf8'),
    });
  },
);
