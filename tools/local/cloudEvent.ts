import { PROJECT } from './topology.ts';

/** A Pub/Sub message as a subscriber gets it. */
export interface PulledMessage {
  readonly id: string;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
  readonly publishTime: Date;
  /** 1 for the first delivery; 0 when the subscription does not count. */
  readonly deliveryAttempt: number;
}

export interface HttpEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The request that Eventarc makes of a Pub/Sub message: a CloudEvent in HTTP binary content mode, its attributes in
 * `ce-` headers. The message carries its id and time under two spellings each, as Eventarc's does.
 * Source: https://cloud.google.com/eventarc/docs/cloudevents#pubsub, CloudEvents HTTP binding 1.0.2 section 3.1.
 */
export function messagePublished(message: PulledMessage, topic: string, subscription: string): HttpEvent {
  const publishTime = message.publishTime.toISOString();
  return {
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': message.id,
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      'ce-source': `//pubsub.googleapis.com/projects/${PROJECT}/topics/${topic}`,
      'ce-time': publishTime,
    },
    body: JSON.stringify({
      message: {
        data: message.data.toString('base64'),
        attributes: message.attributes,
        messageId: message.id,
        message_id: message.id,
        publishTime,
        publish_time: publishTime,
        ...(message.orderingKey === undefined || message.orderingKey === ''
          ? {}
          : { orderingKey: message.orderingKey }),
      },
      subscription: `projects/${PROJECT}/subscriptions/${subscription}`,
      ...(message.deliveryAttempt > 0 ? { deliveryAttempt: message.deliveryAttempt } : {}),
    }),
  };
}
