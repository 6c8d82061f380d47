import type { PubSub } from '@google-cloud/pubsub';
import { createTopic, deliverTo, startBridge, type Bridge, type Deliver } from './bridge.ts';
import type { Host } from './host.ts';
import { InstancePool } from './instancePool.ts';
import type { HostOptions } from './options.ts';
import { DEAD_LETTERS, RANGES, type TopicFunction } from './topology.ts';

/** Dead letters come one at a time, as to the one instance that a deployment gives them. */
const LETTERS_AT_ONCE = 1;

/** Feeds the host's instances from their topics. */
export async function startBridges(
  pubsub: PubSub,
  host: Host,
  settings: HostOptions,
  onError: (error: unknown) => void,
): Promise<Bridge> {
  const ranges = new InstancePool(host.sendRange, settings.sendRangeConcurrency);
  const letters = new InstancePool([host.tasks], LETTERS_AT_ONCE);
  const feed = { pubsub, settings, onError };
  const bridges = [
    await startFeed(feed, RANGES, ranges, settings.wrapDelivery),
    await startFeed(feed, DEAD_LETTERS, letters, (deliver) => deliver),
  ];
  return {
    async stop() {
      await Promise.all(bridges.map((bridge) => bridge.stop()));
    },
  };
}

interface Feed {
  readonly pubsub: PubSub;
  readonly settings: HostOptions;
  readonly onError: (error: unknown) => void;
}

async function startFeed(
  { pubsub, settings, onError }: Feed,
  { topic, function: name }: TopicFunction,
  pool: InstancePool,
  wrap: (deliver: Deliver) => Deliver,
): Promise<Bridge> {
  const subscription = await createTopic(pubsub, topic, settings.retryBackoff);
  const stopped = new AbortController();
  const deliver = deliverTo(pool, `/${name}`, { topic, subscription }, settings.requestLimitMs, stopped.signal);
  const bridge = startBridge(pubsub, subscription, pool.capacity, settings.requestLimitMs, wrap(deliver), onError);
  return {
    async stop() {
      stopped.abort();
      await bridge.stop();
    },
  };
}
