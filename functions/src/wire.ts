import { PubSub } from '@google-cloud/pubsub';
import { readConfig, type Config } from './config.ts';
import { createSender } from './google/fcm/sender.ts';
import { firestoreDocuments } from './google/firestore.ts';
import { cloudLog } from './google/log.ts';
import { pubsubDeadLetters, pubsubRanges } from './google/pubsub.ts';
import { processVitals, systemClock, systemRandom } from './google/system.ts';
import { cloudTasks, tasksClient } from './google/tasks.ts';
import type { World } from './ports.ts';
import { inFlight } from './stages/inFlight.ts';
import { InstanceTime } from './stages/instanceTime.ts';

/** One instance's adapters, built at its first invocation: building them per call would open connections per call. */
export interface Wired {
  readonly config: Config;
  readonly world: World;
  readonly instance: InstanceTime;
}

let wired: Promise<Wired> | undefined;

export function wire(): Promise<Wired> {
  wired ??= build().catch((error: unknown) => {
    wired = undefined;
    throw error;
  });
  return wired;
}

async function build(): Promise<Wired> {
  const config = readConfig();
  const { projectId, region, tasks, fcm } = config;
  const pubsub = new PubSub({ projectId });
  const queue = await tasksClient(tasks.emulatorHost);
  const instance = new InstanceTime(systemClock);
  const world: World = {
    documents: firestoreDocuments(projectId),
    ranges: pubsubRanges(pubsub),
    deadLetters: pubsubDeadLetters(pubsub),
    tasks: cloudTasks(queue, { projectId, region, baseUrl: tasks.baseUrl, serviceAccount: tasks.serviceAccount }),
    sender: createSender({
      transport: fcm.transport,
      projectId,
      deadlineMs: fcm.deadlineMs,
      log: cloudLog,
      ...(fcm.emulatorHost === undefined ? {} : { emulatorHost: fcm.emulatorHost }),
      ...(fcm.proxyUrl === undefined || fcm.emulatorHost !== undefined ? {} : { proxyUrl: fcm.proxyUrl }),
    }),
    inFlight: inFlight(config.inFlight, systemClock, processVitals()),
    instanceMs: () => instance.ms,
    clock: systemClock,
    random: systemRandom,
    log: cloudLog,
    settings: config.settings,
  };
  return { config, world, instance };
}
