import { randomUUID } from 'node:crypto';
import { cloudFolder } from '../machine/cloudFolder.mjs';
import { startCloud, type ServiceProcess } from './assembly.ts';
import type { Endpoints } from './endpoints.ts';
import { takeFolder } from './folder.ts';
import { startGuard } from './guarded.ts';
import type { Host } from './host.ts';
import { REPOSITORY, type LocalCloudOptions } from './options.ts';

export type { Endpoints } from './endpoints.ts';
export type { ServiceProcess } from './assembly.ts';
export type { Deliver, Verdict } from './bridge.ts';
export type { Host } from './host.ts';
export type { LocalCloudOptions } from './options.ts';

/** A local cloud that runs. */
export interface LocalCloud {
  readonly endpoints: Endpoints;
  /** Where endpoints.json, the key and the logs are. */
  readonly folder: string;
  /** The production-like host; null when Firebase's functions emulator serves the functions. */
  readonly host: Host | null;
  /** The processes beside the functions: `emulators`, `tasks` and, unless somebody else's is used, `fcm`. */
  services(): readonly ServiceProcess[];
  /** Rejects with a LocalCloudError when a part of the cloud ends by itself; never resolves. The cloud is then to be stopped. */
  readonly failed: Promise<never>;
  /** Ends every process, gives the ports back and removes endpoints.json. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the emulators, the simulators and the functions on this machine and waits until all of them are ready.
 * Everything is ended when this process ends, by whatever death.
 * @throws LocalCloudError when a part does not start, CloudAlreadyRuns, PortTaken, EmulatorNotThere, AbortError when
 * `options.signal` says so; nothing is left running then
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const project = options.project ?? REPOSITORY;
  const folders = await takeFolder(cloudFolder(project, options.name), randomUUID());
  const guard = startGuard(folders);
  try {
    const parts = await startCloud({ ...options, project }, folders);
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      try {
        await parts.stop();
      } finally {
        await guard.release();
      }
    };
    return {
      endpoints: parts.endpoints,
      folder: folders.cloud,
      host: parts.host,
      services: parts.services,
      failed: parts.failed,
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    await guard.release();
    throw error;
  }
}
