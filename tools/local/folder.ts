import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clearRun, inspectCloud, ownerFile, scratchFolder } from '../machine/cloudFolder.mjs';
import { tryLock } from '../machine/lock.mjs';

/** The places one run of a local cloud writes to. */
export interface Folders {
  readonly cloud: string;
  readonly logs: string;
  readonly scratch: string;
  readonly run: string;
}

/** Another living process runs a local cloud in the same folder. */
export class CloudAlreadyRuns extends Error {
  override readonly name = 'CloudAlreadyRuns';

  constructor(folder: string, pid: number | undefined) {
    super(
      `A local cloud already runs in ${folder}${pid === undefined ? '' : ` (process ${pid})`}. End it, or use --name.`,
    );
  }
}

/**
 * Makes this process the owner of the folder, after ending what an owner that died there left behind.
 * @throws CloudAlreadyRuns
 */
export async function takeFolder(cloud: string, run: string): Promise<Folders> {
  mkdirSync(cloud, { recursive: true });
  const before = inspectCloud(cloud);
  if (before.state === 'left-over') await clearRun(cloud, before.run);
  if (!tryLock(ownerFile(cloud), { run })) {
    const now = inspectCloud(cloud);
    throw new CloudAlreadyRuns(cloud, now.state === 'running' ? now.pid : undefined);
  }
  const folders = { cloud, logs: join(cloud, 'logs'), scratch: scratchFolder(run), run };
  rmSync(folders.logs, { recursive: true, force: true });
  mkdirSync(folders.logs);
  mkdirSync(folders.scratch, { mode: 0o700 });
  return folders;
}

/** Writes a file so that a reader finds either the whole of it or none. */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode });
  renameSync(draft, path);
}
