import type { PubSub } from '@google-cloud/pubsub';
import { createTopic, deliverTo, startBridge, type Bridge } from './bridge.ts';
import type { Host } from './host.ts';
import { InstancePool } from './instance-pool.ts';
import type { HostOptions } from './options.ts';
import { RANGES } from './topology.ts';

/** Feeds the host's `sendRange` instances from the `ranges` topic. */
export async function startRangesBridge(
  pubsub: PubSub,
  host: Host,
  settings: HostOptions,
  onError: (error: unknown) => void,
): Promise<Bridge> {
  const subscription = await createTopic(pubsub, RANGES.topic, settings.retryBackoff);
  const pool = new InstancePool(host.sendRange, settings.sendRangeConcurrency);
  const stopped = new AbortController();
  const names = { topic: RANGES.topic, subscription };
  const deliver = deliverTo(pool, `/${RANGES.function}`, names, settings.requestLimitMs, stopped.signal);
  const wrapped = settings.wrapDelivery(deliver);
  const bridge = startBridge(pubsub, subscription, pool.capacity, settings.requestLimitMs, wrapped, onError);
  return {
    async stop() {
      stopped.abort();
      await bridge.stop();
    },
  };
}
