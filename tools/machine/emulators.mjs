import { readdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const KINDS = {
  firestore: {
    variable: 'FIRESTORE_EMULATOR_BINARY_PATH',
    inSdk: ['cloud-firestore-emulator', 'cloud-firestore-emulator.jar'],
    inCache: /^cloud-firestore-emulator-v(.+)\.jar$/,
    cachePath: [],
  },
  pubsub: {
    variable: 'PUBSUB_EMULATOR_BINARY_PATH',
    inSdk: ['pubsub-emulator', 'bin', 'cloud-pubsub-emulator'],
    inCache: /^pubsub-emulator-(\d.*?)$/,
    cachePath: ['pubsub-emulator', 'bin', 'cloud-pubsub-emulator'],
  },
};

const realMachine = {
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
  realPath: (path) => {
    try {
      return realpathSync(path);
    } catch {
      return undefined;
    }
  },
  env: process.env,
  home: homedir(),
};

export class EmulatorNotThere extends Error {
  constructor(variable, path) {
    super(`${variable} names ${path}, which is not a file. Correct it, or unset it to let the emulator be looked for.`);
    this.name = 'EmulatorNotThere';
  }
}

// `gcloud info` would say where the SDK is, but starts Python for 0.8 s; gcloud itself lies in the SDK's bin.
function sdkOfGcloud(machine) {
  for (const folder of (machine.env.PATH ?? '').split(delimiter)) {
    const gcloud = folder === '' ? undefined : machine.realPath(join(folder, 'gcloud'));
    if (gcloud !== undefined) return dirname(dirname(gcloud));
  }
  return undefined;
}

function sdkRoots(machine) {
  return [
    machine.env.CLOUDSDK_ROOT_DIR,
    sdkOfGcloud(machine),
    join(machine.home, 'google-cloud-sdk'),
    '/usr/lib/google-cloud-sdk',
    '/usr/share/google-cloud-sdk',
    '/usr/lib64/google-cloud-sdk',
    '/opt/google-cloud-sdk',
    '/opt/google-cloud-cli',
    '/snap/google-cloud-cli/current',
    '/opt/homebrew/share/google-cloud-sdk',
    '/usr/local/share/google-cloud-sdk',
    '/opt/homebrew/Caskroom/gcloud-cli/latest/google-cloud-sdk',
    '/usr/local/Caskroom/gcloud-cli/latest/google-cloud-sdk',
  ].filter((root) => root !== undefined && root !== '');
}

const byVersion = new Intl.Collator('en', { numeric: true }).compare;

function inCache(kind, machine) {
  const cache = machine.env.FIREBASE_EMULATORS_PATH ?? join(machine.home, '.cache', 'firebase', 'emulators');
  return machine
    .list(cache)
    .filter((name) => kind.inCache.test(name))
    .sort((a, b) => byVersion(b, a))
    .map((name) => join(cache, name, ...kind.cachePath))
    .find(machine.isFile);
}

export function findEmulator(name, machine = realMachine) {
  const kind = KINDS[name];
  const named = machine.env[kind.variable];
  if (named !== undefined && named !== '') {
    if (!machine.isFile(named)) throw new EmulatorNotThere(kind.variable, named);
    return { source: 'environment', path: named };
  }
  const sdk = sdkRoots(machine)
    .map((root) => join(root, 'platform', ...kind.inSdk))
    .find(machine.isFile);
  if (sdk !== undefined) return { source: 'google-cloud-sdk', path: sdk };
  const cached = inCache(kind, machine);
  return cached === undefined ? { source: 'download' } : { source: 'firebase-cache', path: cached };
}
