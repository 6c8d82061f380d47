import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { startedAt } from './processes.mjs';

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function ownerOf(text) {
  try {
    const owner = JSON.parse(text);
    return typeof owner?.pid === 'number' && typeof owner.startedAt === 'string' ? owner : undefined;
  } catch {
    return undefined;
  }
}

export function lockOwner(path) {
  const text = read(path);
  return text === undefined ? undefined : ownerOf(text);
}

export function isOwnerAlive(owner) {
  return startedAt(owner.pid) === owner.startedAt;
}

// A lock file appears whole, by link(2): a file made with O_EXCL is empty for a moment, and another
// process would take it for a dead owner's.
function linkNew(path, text) {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

// Between reading a dead owner's file and removing it, a third process may have done both: what was
// moved away is looked at again, and put back when it is not what was read.
function removeDead(path, text) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  if (moved !== undefined && moved !== text) linkNew(path, moved);
  rmSync(aside, { force: true });
}

export function tryLock(path, note = {}) {
  const self = { pid: process.pid, startedAt: startedAt(process.pid), ...note };
  for (;;) {
    if (linkNew(path, JSON.stringify(self))) return true;
    const text = read(path);
    if (text === undefined) continue;
    const owner = ownerOf(text);
    if (owner !== undefined && isOwnerAlive(owner)) return false;
    removeDead(path, text);
  }
}

export function unlock(path) {
  const owner = lockOwner(path);
  if (owner?.pid === process.pid) rmSync(path, { force: true });
}
