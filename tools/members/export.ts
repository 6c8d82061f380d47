import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failUsage, integerFlag, parseFlags } from '../args.ts';
import { startLocalCloud } from '../local/localCloud.ts';
import { localClient } from '../localClient.ts';
import { exportDatabase, keepOnly } from './emulatorData.ts';
import { generateMembers } from './generate.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const FOLDER = join(REPOSITORY, 'emulator-data');

const HELP = `Usage: node tools/bootstrap.mjs tools/members/export.ts [flags]

Makes emulator-data/, which npm start loads: sample members, stored through the API and exported from the Firestore
emulator. Needed again when members are stored differently.

  --members N   (default 200)
  --seed S      (default 1)
  --help
`;

const flags = parseFlags(HELP, { members: { type: 'string' }, seed: { type: 'string' } });

function readSample() {
  try {
    return {
      members: integerFlag('members', flags.members, 1, 100_000) ?? 200,
      seed: integerFlag('seed', flags.seed, 0, 2 ** 32 - 1) ?? 1,
    };
  } catch (error) {
    return failUsage(error, HELP);
  }
}

const sample = readSample();
const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'node_modules/firebase-tools/package.json'), 'utf8')) as {
  version: string;
};
const cloud = await startLocalCloud({
  functions: 'host',
  name: 'export',
  progress: (text) => process.stderr.write(`${text}\n`),
});
try {
  const { members } = await localClient(cloud.endpoints).putMembers(generateMembers(sample));
  // The API also remembers the tokens it was called with.
  await keepOnly(cloud.endpoints, new Set(['members']));
  await exportDatabase(cloud.endpoints, FOLDER, version);
  process.stdout.write(`${members} members are in ${FOLDER}\n`);
} finally {
  await cloud.stop();
}
