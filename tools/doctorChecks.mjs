import { existsSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cloudFolders, inspectCloud } from './machine/cloudFolder.mjs';
import { findEmulator } from './machine/emulators.mjs';
import { DEFAULT_PORTS, isPortFree } from './machine/ports.mjs';
import { installCommand, isInstalled } from './install.mjs';
import { findMissing, findNode24, probeMachine, RUN_NODE_MAJOR } from './prerequisites.mjs';

const MIN_FREE_BYTES = 2 * 2 ** 30;

/**
 * @typedef {{ name: string, ok: boolean, found: string, remedy?: string }} Check
 * `found` says what is there, `remedy` the one command that mends it when `ok` is false.
 */

/** @returns {Check} */
export function checkDisk(freeBytes) {
  const ok = freeBytes >= MIN_FREE_BYTES;
  const found = `${(freeBytes / 2 ** 30).toFixed(1)} GiB free`;
  return ok ? { name: 'disk', ok, found } : { name: 'disk', ok, found, remedy: 'free 2 GiB on this disk' };
}

/** @returns {Check[]} */
export function checkPrograms(machine) {
  const missing = findMissing(machine).map(({ problem, remedy }) => ({
    name: 'programs',
    ok: false,
    found: problem,
    remedy,
  }));
  const found = `Node ${machine.nodeMajor}, Java ${machine.javaMajor}, npm ${machine.npm}`;
  return missing.length > 0 ? missing : [{ name: 'programs', ok: true, found }];
}

/** @returns {Check[]} */
function checkPackages(root) {
  return [
    { name: 'packages', folder: root, remedy: installCommand('') },
    {
      name: 'packages of functions',
      folder: join(root, 'functions'),
      remedy: installCommand('functions'),
    },
  ].map(({ name, folder, remedy }) => {
    if (isInstalled(folder)) return { name, ok: true, found: 'as the lockfile says' };
    const found = existsSync(join(folder, 'node_modules')) ? 'not what the lockfile says' : 'not installed';
    return { name, ok: false, found, remedy };
  });
}

/** @returns {Check} */
function checkNode24(root) {
  const found = findNode24(root);
  const name = `Node ${RUN_NODE_MAJOR}`;
  return found === undefined
    ? { name, ok: false, found: 'not there', remedy: installCommand('') }
    : { name, ok: true, found };
}

/** @returns {Check} */
export function checkEmulator(name, find = findEmulator) {
  try {
    const emulator = find(name);
    const found =
      emulator.source === 'download'
        ? 'not on this machine: downloaded at the first start (needs the network)'
        : `${emulator.path} (${emulator.source})`;
    return { name: `${name} emulator`, ok: true, found };
  } catch (error) {
    return {
      name: `${name} emulator`,
      ok: false,
      found: error.message,
      remedy: `unset ${name.toUpperCase()}_EMULATOR_BINARY_PATH`,
    };
  }
}

// A taken port is no fault: the local cloud then uses another.
/** @returns {Promise<Check>} */
async function checkPorts() {
  const taken = [];
  for (const [name, port] of Object.entries(DEFAULT_PORTS)) {
    if (!(await isPortFree(port))) taken.push(`${port} (${name})`);
  }
  const found = taken.length === 0 ? 'all default ports are free' : `taken, others will be used: ${taken.join(', ')}`;
  return { name: 'ports', ok: true, found };
}

/** @returns {Check[]} */
function checkClouds(root) {
  return cloudFolders(root)
    .map((folder) => ({ name: `local cloud ${basename(folder)}`, cloud: inspectCloud(folder) }))
    .filter(({ cloud }) => cloud.state === 'running' || (cloud.state === 'left-over' && cloud.pids.length > 0))
    .map(({ name, cloud }) =>
      cloud.state === 'running'
        ? { name, ok: true, found: `running, process ${cloud.pid}` }
        : {
            name,
            ok: false,
            found: `its parent is dead and ${cloud.pids.length} of its processes live`,
            remedy: 'npm run doctor -- --end-leftovers',
          },
    );
}

/** Everything the doctor looks at, in the order a new machine meets it. */
export async function examine(root) {
  const disk = statfsSync(root);
  return [
    ...checkPrograms(probeMachine()),
    checkDisk(disk.bavail * disk.bsize),
    ...checkPackages(root),
    checkNode24(root),
    checkEmulator('firestore'),
    checkEmulator('pubsub'),
    await checkPorts(),
    ...checkClouds(root),
  ];
}
