import { Duration, PubSub, type Message, type Subscription } from '@google-cloud/pubsub';
import { messagePublished, type PulledMessage } from './cloudEvent.ts';
import type { InstancePool } from './instancePool.ts';
import { post } from './post.ts';
import { DEAD_LETTER_TOPIC, PROJECT } from './topology.ts';

/** Pub/Sub's default for a dead-letter policy, and the least it allows. */
const MAX_DELIVERY_ATTEMPTS = 5;
const ACK_DEADLINE_SECONDS = 60;
const ALREADY_EXISTS = 6;

/** What became of one delivery: `ack` ends the message, `nack` has it delivered again. */
export type Verdict = 'ack' | 'nack';

/** Hands one message over. A wrapper around it can delay, repeat or refuse deliveries. */
export type Deliver = (message: PulledMessage) => Promise<Verdict>;

/** A subscription's backoff between deliveries of the same message, in seconds. */
export interface RetryBackoff {
  readonly minimumSeconds: number;
  readonly maximumSeconds: number;
}

/** A client for the Pub/Sub emulator at `host:port`. */
export function pubsubClient(address: string): PubSub {
  // The client looks for Google's metadata server even when it speaks to the emulator, and warns when there is none.
  process.env['METADATA_SERVER_DETECTION'] ??= 'none';
  return new PubSub({ projectId: PROJECT, apiEndpoint: address, emulatorMode: true });
}

async function unlessThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_EXISTS) throw error;
  }
}

/** The topic for what was given up, with a subscription of the same name that keeps it to be read. */
export async function createDeadLetters(pubsub: PubSub): Promise<void> {
  await unlessThere(pubsub.createTopic(DEAD_LETTER_TOPIC));
  await unlessThere(pubsub.createSubscription(DEAD_LETTER_TOPIC, DEAD_LETTER_TOPIC));
}

/**
 * A topic and the subscription that Eventarc would make for the function behind it. What fails there again and again goes to
 * the dead letters, unless it is one.
 */
export async function createTopic(pubsub: PubSub, topic: string, backoff: RetryBackoff): Promise<string> {
  const subscription = `eventarc-${topic}`;
  await unlessThere(pubsub.createTopic(topic));
  await unlessThere(
    pubsub.createSubscription(topic, subscription, {
      ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
      retryPolicy: {
        minimumBackoff: { seconds: backoff.minimumSeconds },
        maximumBackoff: { seconds: backoff.maximumSeconds },
      },
      ...(topic === DEAD_LETTER_TOPIC
        ? {}
        : {
            deadLetterPolicy: {
              deadLetterTopic: pubsub.topic(DEAD_LETTER_TOPIC).name,
              maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS,
            },
          }),
    }),
  );
  return subscription;
}

/**
 * Delivers a message as Eventarc does: a POST to an instance of the function, acknowledged on 2xx alone.
 * @param limitMs the function's time limit
 */
export function deliverTo(
  pool: InstancePool,
  path: string,
  names: { topic: string; subscription: string },
  limitMs: number,
  signal: AbortSignal,
): Deliver {
  return async (message) => {
    const place = await pool.enter(signal);
    try {
      const event = messagePublished(message, names.topic, names.subscription);
      const status = await post(`${place.url}${path}`, event, limitMs, signal);
      return status >= 200 && status < 300 ? 'ack' : 'nack';
    } finally {
      place.leave();
    }
  };
}

function pulled(message: Message): PulledMessage {
  return {
    id: message.id,
    data: message.data,
    attributes: message.attributes,
    ...(message.orderingKey === undefined ? {} : { orderingKey: message.orderingKey }),
    publishTime: message.publishTime,
    deliveryAttempt: message.deliveryAttempt,
  };
}

/** A streaming pull that is under way. */
export interface Bridge {
  /** Takes no more messages; what is in flight is nacked. */
  stop(): Promise<void>;
}

/**
 * Pulls a subscription and delivers what comes, at most `maxInFlight` at a time. A delivery that throws is nacked.
 * @param limitMs how long a message is kept from being delivered again while it is worked on
 */
export function startBridge(
  pubsub: PubSub,
  subscriptionName: string,
  maxInFlight: number,
  limitMs: number,
  deliver: Deliver,
  onError: (error: unknown) => void,
): Bridge {
  const subscription: Subscription = pubsub.subscription(subscriptionName, {
    flowControl: { maxMessages: maxInFlight, allowExcessMessages: false },
    maxExtensionTime: Duration.from({ seconds: Math.ceil(limitMs / 1000) + ACK_DEADLINE_SECONDS }),
  });
  subscription.on('message', (message: Message) => {
    deliver(pulled(message)).then(
      (verdict) => (verdict === 'ack' ? message.ack() : message.nack()),
      (error: unknown) => {
        onError(error);
        message.nack();
      },
    );
  });
  subscription.on('error', onError);
  return { stop: () => subscription.close() };
}
