import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock, unlock } from './machine/lock.mjs';
import { npmCommand } from './prerequisites.mjs';

const LOCK_POLL_MS = 200;
const SHOWN_LINES = 12;
const INSTALL_FLAGS = ['--no-save', '--ignore-scripts'];

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
  const isRight = ([path, entry]) =>
    path === '' || (present[path] === undefined ? isOptional(entry) : present[path].version === entry.version);
  const isKnown = ([path, entry]) => wanted[path] !== undefined || isOptional(entry);
  return Object.entries(wanted).every(isRight) && Object.entries(present).every(isKnown);
}

// npm may leave out what is optional, for other platforms, or noted down though nothing asks for it.
function isOptional(entry) {
  return [entry.optional, entry.devOptional, entry.peer, entry.extraneous].includes(true);
}

/** The command that installs what the lockfile of `folder`, a path in the repository, asks for. */
export function installCommand(folder) {
  return ['npm', 'install', ...INSTALL_FLAGS, ...(folder === '' ? [] : ['--prefix', folder])].join(' ');
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

// npm prints its whole usage after many an error, and a warning for each package that wants another Node.
function npmErrors(said) {
  const lines = said.split('\n').filter((line) => line.startsWith('npm error') && line.trim() !== 'npm error');
  return (lines.length > 0 ? lines : said.trim().split('\n')).slice(0, SHOWN_LINES).join('\n');
}

// `npm ci` refuses a lockfile that was written where some platform's optional packages could not be had. An install that
// saves nothing, into an emptied folder, gives the same and takes such a lockfile; isInstalled checks it afterwards.
// Scripts of packages are not run: nothing here needs one, and an installer that runs them hands the machine over.
function npmInstall(folder) {
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  const [command, ...first] = npmCommand();
  const args = [...first, 'install', ...INSTALL_FLAGS, '--no-audit', '--no-fund'];
  return new Promise((resolve, reject) => {
    const npm = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    npm.stdout.on('data', (chunk) => said.push(chunk));
    npm.stderr.on('data', (chunk) => said.push(chunk));
    npm.once('error', reject);
    npm.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`npm install failed in ${folder} (exit ${code}):\n${npmErrors(Buffer.concat(said).toString())}`),
        );
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
      await npmInstall(folder);
      if (!isInstalled(folder)) throw new Error(`${folder}/package-lock.json does not fit its package.json.`);
    }
  });
}
