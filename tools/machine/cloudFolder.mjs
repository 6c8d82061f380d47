import { readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isOwnerAlive, lockOwner } from './lock.mjs';
import { endMarkedProcesses, markedProcesses } from './processes.mjs';

export const MARK = 'BONGSU_LOCAL_CLOUD';
const END_GRACE_MS = 3000;

export function cloudFolder(root, name) {
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
    throw new Error(`A local cloud's name is 1 to 32 of a-z, 0-9 and "-": not "${name}".`);
  }
  return join(root, name === undefined ? '.local' : `.local-${name}`);
}

export function cloudFolders(root) {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\.local(-|$)/.test(entry.name))
    .map((entry) => join(root, entry.name));
}

export function ownerFile(folder) {
  return join(folder, 'owner.json');
}

export function reservationFolder() {
  return join(tmpdir(), `bongsu-ports-${userInfo().uid}`);
}

export function scratchFolder(run) {
  return join(tmpdir(), `bongsu-${run.slice(0, 13)}`);
}

export function inspectCloud(folder) {
  const owner = lockOwner(ownerFile(folder));
  if (owner === undefined || typeof owner.run !== 'string') return { state: 'none' };
  if (isOwnerAlive(owner)) return { state: 'running', pid: owner.pid };
  return { state: 'left-over', run: owner.run, pids: markedProcesses(MARK, owner.run) };
}

function reservationsOf(run) {
  try {
    return readdirSync(reservationFolder())
      .map((name) => join(reservationFolder(), name))
      .filter((file) => lockOwner(file)?.run === run);
  } catch {
    return [];
  }
}

export async function clearRun(folder, run) {
  const ended = await endMarkedProcesses(MARK, run, END_GRACE_MS);
  for (const file of reservationsOf(run)) rmSync(file, { force: true });
  rmSync(scratchFolder(run), { recursive: true, force: true });
  // A new run may own the folder by now.
  if (lockOwner(ownerFile(folder))?.run === run) {
    for (const name of ['endpoints.json', 'owner.json']) rmSync(join(folder, name), { force: true });
  }
  return ended;
}
