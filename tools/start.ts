import { relative } from 'node:path';
import { addressFlag, failUsage, integerFlag, parseFlags, UsageError } from './args.ts';
import { interruption } from './interrupt.ts';
import { cloudFolder } from './machine/cloudFolder.mjs';
import { startLocalCloud, type LocalCloud, type LocalCloudOptions } from './local/localCloud.ts';
import { REPOSITORY } from './local/options.ts';

const HELP = `Usage: npm start -- [options]

Starts the whole cloud on this machine and stays until Ctrl-C.
  --functions MODE   emulator: Firebase's functions emulator, reloads what is rebuilt (default)
                     host: the functions in processes of their own, as in production
  --fcm HOST:PORT    an FCM server of your own (cleartext HTTP/2) in place of the simulator
  --name NAME        a second local cloud beside the first, in .local-NAME
  --port-base N      ports N, N+1, ... in place of the usual ones
  --no-sample        start with an empty database, not with emulator-data
  --help             print this
`;

const FLAGS = {
  functions: { type: 'string', default: 'emulator' },
  fcm: { type: 'string' },
  name: { type: 'string' },
  'port-base': { type: 'string' },
  'no-sample': { type: 'boolean', default: false },
} as const;

const values = parseFlags(HELP, FLAGS);

function readOptions(): LocalCloudOptions {
  const { functions, name } = values;
  if (functions !== 'emulator' && functions !== 'host') {
    throw new UsageError(`--functions takes emulator or host, not "${functions}".`);
  }
  cloudFolder(REPOSITORY, name);
  const fcm = addressFlag('fcm', values.fcm);
  const portBase = integerFlag('port-base', values['port-base'], 1024, 65_000);
  return {
    functions,
    sample: !values['no-sample'],
    progress: (text) => process.stderr.write(`bongsu: ${text}\n`),
    ...(name === undefined ? {} : { name }),
    ...(fcm === undefined ? {} : { fcm }),
    ...(portBase === undefined ? {} : { portBase }),
  };
}

function checkedOptions(): LocalCloudOptions {
  try {
    return readOptions();
  } catch (error) {
    return failUsage(error, HELP);
  }
}

function summary({ endpoints, folder }: LocalCloud): string {
  const rows = [
    ['API', endpoints.api],
    ['functions', endpoints.functions],
    ['FCM', endpoints.fcm],
    ['FCM control', endpoints.fcmControl ?? 'not ours'],
    ['Cloud Tasks', endpoints.tasks],
    ['Tasks control', endpoints.tasksControl],
    ['Firestore', endpoints.firestore],
    ['Pub/Sub', endpoints.pubsub],
    ['key', endpoints.caller.privateKeyFile],
    ['logs', `${folder}/logs`],
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
  const file = relative(process.cwd(), `${folder}/endpoints.json`);
  return `\n${table}\n\nAll of this is in ${file}. Try:\n  curl ${endpoints.api}/v1/health\nCtrl-C ends it.\n`;
}

async function main(options: LocalCloudOptions): Promise<void> {
  const starting = new AbortController();
  const interrupted = interruption().then(() => starting.abort());
  const cloud = await startLocalCloud({ ...options, signal: starting.signal });
  try {
    process.stdout.write(summary(cloud));
    await Promise.race([interrupted, cloud.failed]);
  } finally {
    process.stderr.write('bongsu: stopping\n');
    await cloud.stop();
  }
}

try {
  await main(checkedOptions());
} catch (error) {
  const interrupted = error instanceof Error && error.name === 'AbortError';
  process.stderr.write(`bongsu: ${interrupted ? 'stopped' : error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = interrupted ? 0 : 1;
}
