import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock, unlock } from './machine/lock.mjs';
import { npmCommand } from './prerequisites.mjs';

const LOCK_POLL_MS = 200;

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules in `folder` holds exactly what package-lock.json asks for. npm writes its own record
 * (node_modules/.package-lock.json) as the last step of an install, so a half-finished one does not pass, and an
 * install made by hand does.
 */
export function isInstalled(folder) {
  const wanted = readLock(join(folder, 'package-lock.json'));
  const present = readLock(join(folder, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) throw new Error(`${folder} has no package-lock.json: get it again from git.`);
  if (present === undefined) return false;
  const paths = Object.keys(wanted).filter((path) => path !== '');
  return (
    paths.every((path) =>
      present[path] === undefined ? isOptional(wanted[path]) : present[path].version === wanted[path].version,
    ) && Object.keys(present).every((path) => wanted[path] !== undefined)
  );
}

function isOptional(entry) {
  return entry.optional === true || entry.devOptional === true || entry.peer === true;
}

/** Runs `work` while no other process on this checkout holds the lock called `name`. */
export async function withLock(root, name, onWait, work) {
  const folder = join(root, '.local');
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, `${name}.lock`);
  for (let waits = 0; !tryLock(lock); waits += 1) {
    if (waits === 0) onWait();
    await sleep(LOCK_POLL_MS);
  }
  try {
    return await work();
  } finally {
    unlock(lock);
  }
}

// Scripts of packages are not run: nothing here needs one, and an installer that runs them hands the machine over.
function npmCi(folder) {
  const [command, ...first] = npmCommand();
  const args = [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  return new Promise((resolve, reject) => {
    const npm = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    npm.stdout.on('data', (chunk) => said.push(chunk));
    npm.stderr.on('data', (chunk) => said.push(chunk));
    npm.once('error', reject);
    npm.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm ci failed in ${folder} (exit ${code}):\n${Buffer.concat(said).toString().trim()}`));
    });
  });
}

/**
 * Installs the packages of each folder whose node_modules is missing, half-finished or not what its lockfile says.
 * @param progress told in a few words what is going on
 */
export async function ensureInstalled(root, folders, progress) {
  if (folders.every(isInstalled)) return;
  const onWait = () => progress('waiting for another script that installs packages');
  await withLock(root, 'install', onWait, async () => {
    for (const folder of folders.filter((folder) => !isInstalled(folder))) {
      progress(`installing packages in ${folder} (once, about a minute)`);
      await npmCi(folder);
    }
  });
}
