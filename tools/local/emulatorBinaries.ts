import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findEmulator } from '../machine/emulators.mjs';
import type { Environment } from './environment.ts';
import { firestoreManifest, manifestJar } from './jar.ts';

// gcloud's own start script for Firestore is no jar, but lies beside it.
function firestoreJar(path: string): string {
  const beside = join(dirname(path), 'cloud-firestore-emulator.jar');
  return path.endsWith('.jar') || !existsSync(beside) ? path : beside;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Environment variables that lead firebase-tools to the emulators of this machine; none for those it has to download.
 * They name files of our own in `folder`, because firebase-tools changes the mode of what they name.
 * @throws EmulatorNotThere
 */
export function prepareEmulators(folder: string): Environment {
  const variables: Record<string, string> = {};
  const firestore = findEmulator('firestore');
  if (firestore.source !== 'download') {
    const jar = join(folder, 'firestore-emulator.jar');
    writeFileSync(jar, manifestJar(firestoreManifest(firestoreJar(firestore.path))));
    variables['FIRESTORE_EMULATOR_BINARY_PATH'] = jar;
  }
  const pubsub = findEmulator('pubsub');
  if (pubsub.source !== 'download') {
    const script = join(folder, 'pubsub-emulator');
    writeFileSync(script, `#!/bin/sh\nexec ${shellQuote(pubsub.path)} "$@"\n`, { mode: 0o755 });
    variables['PUBSUB_EMULATOR_BINARY_PATH'] = script;
  }
  return variables;
}
