import { readConfig, type Config } from './config.ts';
import { createSender } from './google/fcm/sender.ts';
import { firestoreDocuments } from './google/firestore.ts';
import { cloudLog } from './google/log.ts';
import { pubsubTopics } from './google/pubsub.ts';
import { processVitals, systemClock, systemRandom } from './google/system.ts';
import { cloudTasks } from './google/tasks.ts';
import type { World } from './ports.ts';
import { inFlight } from './stages/inFlight.ts';
import { InstanceTime } from './stages/instanceTime.ts';
import { SharedLooks } from './stages/looks.ts';
import { LOOK_MS } from './stages/watch.ts';

/** One instance's adapters, built at its first invocation: building them per call would open connections per call. */
export interface Wired {
  readonly config: Config;
  readonly world: World;
  readonly instance: InstanceTime;
}

let wired: Wired | undefined;

export function wire(): Wired {
  return (wired ??= build());
}

function build(): Wired {
  const config = readConfig();
  const { projectId, region, tasks, fcm } = config;
  const instance = new InstanceTime(systemClock);
  const world: World = {
    documents: firestoreDocuments(projectId),
    ...pubsubTopics(projectId),
    tasks: cloudTasks({ projectId, region, ...tasks }),
    sender: createSender({
      transport: fcm.transport,
      projectId,
      deadlineMs: fcm.deadlineMs,
      log: cloudLog,
      ...(fcm.emulatorHost === undefined ? {} : { emulatorHost: fcm.emulatorHost }),
      ...(fcm.proxyUrl === undefined || fcm.emulatorHost !== undefined ? {} : { proxyUrl: fcm.proxyUrl }),
    }),
    inFlight: inFlight(config.inFlight, systemClock, processVitals()),
    looks: new SharedLooks(systemClock, LOOK_MS),
    instanceMs: () => instance.ms,
    clock: systemClock,
    random: systemRandom,
    log: cloudLog,
    settings: config.settings,
  };
  return { config, world, instance };
}
