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

export function inspectCloud(folder) {
  const owner = lockOwner(ownerFile(folder));
  if (owner !== undefined && isOwnerAlive(owner)) return { state: 'running', pid: owner.pid };
  const pids = markedProcesses(MARK, folder);
  return pids.length > 0 ? { state: 'left-over', pids } : { state: 'none' };
}

function reservations() {
  try {
    return readdirSync(reservationFolder()).map((name) => join(reservationFolder(), name));
  } catch {
    return [];
  }
}

export async function clearCloud(folder) {
  const ended = await endMarkedProcesses(MARK, folder, END_GRACE_MS);
  for (const file of reservations()) {
    if (lockOwner(file)?.folder === folder) rmSync(file, { force: true });
  }
  const scratch = lockOwner(ownerFile(folder))?.scratch;
  if (typeof scratch === 'string') rmSync(scratch, { recursive: true, force: true });
  for (const name of ['endpoints.json', 'owner.json']) rmSync(join(folder, name), { force: true });
  return ended;
}
