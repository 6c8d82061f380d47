import assert from 'node:assert/strict';
import { join } from 'node:path';
import { EmulatorNotThere, findEmulator, type Machine } from '../../tools/machine/emulators.mjs';

const HOME = '/home/dev';
const CACHE = join(HOME, '.cache/firebase/emulators');
const SDK_FIRESTORE = 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';
const SDK_PUBSUB = 'platform/pubsub-emulator/bin/cloud-pubsub-emulator';

function machine(
  files: readonly string[],
  env: Record<string, string> = {},
  links: Record<string, string> = {},
): Machine {
  return {
    isFile: (path) => files.includes(path),
    list: (folder) => [
      ...new Set(
        files
          .filter((file) => file.startsWith(`${folder}/`))
          .map((file) => file.slice(folder.length + 1).split('/')[0] ?? ''),
      ),
    ],
    realPath: (path) => links[path],
    env,
    home: HOME,
  };
}

describe('emulator finder', () => {
  it('takes what the environment names before anything else', () => {
    const files = ['/mine/firestore.jar', `/usr/lib/google-cloud-sdk/${SDK_FIRESTORE}`];
    const found = findEmulator('firestore', machine(files, { FIRESTORE_EMULATOR_BINARY_PATH: '/mine/firestore.jar' }));
    assert.deepEqual(found, { source: 'environment', path: '/mine/firestore.jar' });
  });

  it('says which variable names a file that does not exist', () => {
    const wrong = machine([], { PUBSUB_EMULATOR_BINARY_PATH: '/gone' });
    assert.throws(
      () => findEmulator('pubsub', wrong),
      (error) => error instanceof EmulatorNotThere && /PUBSUB_EMULATOR_BINARY_PATH names \/gone/.test(error.message),
    );
  });

  it('takes an empty variable for an unset one', () => {
    assert.deepEqual(findEmulator('pubsub', machine([], { PUBSUB_EMULATOR_BINARY_PATH: '' })), { source: 'download' });
  });

  it('finds the SDK by CLOUDSDK_ROOT_DIR, by where gcloud lies, and in the usual folders', () => {
    const cases: readonly [string, Record<string, string>, Record<string, string>][] = [
      ['/sdk', { CLOUDSDK_ROOT_DIR: '/sdk' }, {}],
      ['/deep/sdk', { PATH: '/bin:/usr/bin' }, { '/usr/bin/gcloud': '/deep/sdk/bin/gcloud' }],
      [join(HOME, 'google-cloud-sdk'), {}, {}],
      ['/opt/homebrew/share/google-cloud-sdk', {}, {}],
    ];
    for (const [root, env, links] of cases) {
      const path = join(root, SDK_PUBSUB);
      assert.deepEqual(findEmulator('pubsub', machine([path], env, links)), { source: 'google-cloud-sdk', path });
    }
  });

  it('prefers the SDK to the cache of firebase-tools', () => {
    const sdk = `/usr/lib/google-cloud-sdk/${SDK_FIRESTORE}`;
    const files = [join(CACHE, 'cloud-firestore-emulator-v1.19.8.jar'), sdk];
    assert.deepEqual(findEmulator('firestore', machine(files)), { source: 'google-cloud-sdk', path: sdk });
  });

  it('takes the newest version in the cache, by number and not by letter', () => {
    const versions = ['1.9.9', '1.19.8', '1.2.30'];
    const jars = versions.map((version) => join(CACHE, `cloud-firestore-emulator-v${version}.jar`));
    assert.deepEqual(findEmulator('firestore', machine(jars)), { source: 'firebase-cache', path: jars[1] });
    const script = join(CACHE, 'pubsub-emulator-0.8.14/pubsub-emulator/bin/cloud-pubsub-emulator');
    assert.deepEqual(findEmulator('pubsub', machine([script])), { source: 'firebase-cache', path: script });
  });

  it('does not take the downloaded archive for the emulator', () => {
    const archive = join(CACHE, 'pubsub-emulator-0.8.14.zip');
    assert.deepEqual(findEmulator('pubsub', machine([archive])), { source: 'download' });
  });

  it('looks for the cache where FIREBASE_EMULATORS_PATH says', () => {
    const path = '/cache/cloud-firestore-emulator-v1.19.8.jar';
    const found = findEmulator('firestore', machine([path], { FIREBASE_EMULATORS_PATH: '/cache' }));
    assert.deepEqual(found, { source: 'firebase-cache', path });
  });
});
