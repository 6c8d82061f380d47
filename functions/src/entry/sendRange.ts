import { onMessagePublished } from 'firebase-functions/v2/pubsub';
import { SEND_RANGE_CONCURRENCY, SEND_RANGE_TIMEOUT_SECONDS } from '../config.ts';
import { RANGES_TOPIC, rangeSignalSchema } from '../contract/signals.ts';
import { sendRange as stage } from '../stages/sendRange.ts';
import { wire } from '../wire.ts';
import { DEPLOYMENT } from './deployment.ts';
import { openLetter } from './letter.ts';

/**
 * Memory is bounded by the batches in flight, of which all ranges of an instance share the places.
 */
export const sendRange = onMessagePublished(
  {
    ...DEPLOYMENT,
    topic: RANGES_TOPIC,
    retry: true,
    timeoutSeconds: SEND_RANGE_TIMEOUT_SECONDS,
    concurrency: SEND_RANGE_CONCURRENCY,
    maxInstances: 20,
  },
  async (event) => {
    const { world, instance } = wire();
    const signal = await openLetter(world, RANGES_TOPIC, rangeSignalSchema, () => event.data.message.json as unknown);
    if (signal !== null) await instance.during(() => stage(world, signal));
  },
);
