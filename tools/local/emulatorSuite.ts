import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { Child } from './child.ts';
import { prepareEmulators } from './emulatorBinaries.ts';
import { QUIET, type Environment } from './environment.ts';
import { localFirebaseJson, type FirebaseJson } from './firebaseConfig.ts';
import { writeWhole, type Folders } from './folder.ts';
import { LocalCloudError } from './logs.ts';
import type { Ports } from './ports.ts';
import { PROJECT } from './topology.ts';

const READY_LIMIT_MS = 120_000;
const FIREBASE = createRequire(import.meta.url).resolve('firebase-tools/lib/bin/firebase.js');
const REMEDY = '`npm run doctor` says what this machine lacks.';

export interface SuiteSpec {
  /** Where firebase.json and what it names are. */
  readonly project: string;
  readonly folders: Folders;
  readonly ports: Ports;
  /** The folder that the functions emulator serves; undefined: it does not run. */
  readonly functionsFolder: string | undefined;
  /** A Firestore export to load; undefined: an empty database. */
  readonly importFolder: string | undefined;
  readonly env: Environment;
}

function writeConfig({ project, folders, ports, functionsFolder }: SuiteSpec): string {
  const source = JSON.parse(readFileSync(join(project, 'firebase.json'), 'utf8')) as FirebaseJson;
  for (const name of [source.firestore?.rules, source.firestore?.indexes]) {
    if (name === undefined) continue;
    if (!existsSync(join(project, name)))
      throw new LocalCloudError(`firebase.json names ${name}, which does not exist.`);
    copyFileSync(join(project, name), join(folders.cloud, name));
  }
  const path = join(folders.cloud, 'firebase.json');
  const config = localFirebaseJson(source, ports, folders.cloud, functionsFolder);
  writeWhole(path, `${JSON.stringify(config, null, 2)}\n`);
  return path;
}

// firebase-tools keeps the user's login in this folder and looks for news when it has not done so for a day. A local
// cloud needs neither.
function writeToolSettings(folder: string): void {
  mkdirSync(join(folder, 'configstore'), { recursive: true });
  const settings = { usage: false, motd: { fetched: Number.MAX_SAFE_INTEGER } };
  writeWhole(join(folder, 'configstore', 'firebase-tools.json'), JSON.stringify(settings));
}

function pathVariable(): string {
  const java = process.env['JAVA_HOME'];
  const first = [dirname(process.execPath), ...(java === undefined || java === '' ? [] : [join(java, 'bin')])];
  return [...first, process.env['PATH'] ?? ''].join(delimiter);
}

function suiteEnvironment({ folders, env }: SuiteSpec): Environment {
  writeToolSettings(folders.scratch);
  return {
    ...env,
    ...QUIET,
    ...prepareEmulators(folders.scratch),
    PATH: pathVariable(),
    XDG_CONFIG_HOME: folders.scratch,
    TMPDIR: folders.scratch,
    // The functions then say what they are through a file, not through a server that is asked again and again.
    FIREBASE_FUNCTIONS_DISCOVERY_OUTPUT_PATH: 'true',
  };
}

function readiness(line: string): 'ready' | { failure: string } | undefined {
  if (line.includes('All emulators ready!')) return 'ready';
  const failure = /(?:Failed to load function definition from source|Could not start ).*/.exec(line);
  return failure === null ? undefined : { failure: failure[0] };
}

async function untilReady(child: Child): Promise<void> {
  const state = await child.ready(readiness, READY_LIMIT_MS, REMEDY);
  if (state === 'ready') return;
  throw new LocalCloudError(`The emulators did not start: ${state.failure}`, { logFile: child.logFile });
}

/**
 * Starts Firestore, Pub/Sub and, when there is a folder for it, the functions emulator. The caller waits for `ready`.
 */
export function startEmulatorSuite(spec: SuiteSpec): { child: Child; ready: Promise<void> } {
  const only = spec.functionsFolder === undefined ? 'firestore,pubsub' : 'functions,firestore,pubsub';
  const child = new Child({
    name: 'emulators',
    folders: spec.folders,
    args: [
      FIREBASE,
      'emulators:start',
      `--config=${writeConfig(spec)}`,
      `--project=${PROJECT}`,
      `--only=${only}`,
      ...(spec.importFolder === undefined ? [] : [`--import=${spec.importFolder}`]),
    ],
    // firebase-tools writes the emulators' own logs to its working directory.
    cwd: spec.folders.logs,
    env: suiteEnvironment(spec),
  });
  return { child, ready: untilReady(child) };
}
