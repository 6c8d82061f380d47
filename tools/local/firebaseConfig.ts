import { relative } from 'node:path';
import type { Ports } from './ports.ts';

/** The parts of firebase.json that a local cloud reads. */
export interface FirebaseJson {
  readonly functions?: unknown;
  readonly firestore?: { readonly rules?: string; readonly indexes?: string };
}

const HOST = '127.0.0.1';

/** The names that firebase-tools knows our ports by; the rest of a local cloud is not Firebase's. */
const EMULATORS = {
  functions: 'functions',
  pubsub: 'pubsub',
  hub: 'hub',
  logging: 'logging',
  eventarc: 'eventarc',
  tasks: 'firebaseTasks',
} as const;

/**
 * The firebase.json that the emulators of one local cloud are started with.
 * @param source the project's own
 * @param folder where the result will lie: firebase-tools resolves paths against it and refuses rules outside of it
 * @param functionsFolder what the functions emulator serves; undefined when it does not run
 */
export function localFirebaseJson(
  source: FirebaseJson,
  ports: Ports,
  folder: string,
  functionsFolder: string | undefined,
): Record<string, unknown> {
  const emulators = Object.entries(EMULATORS)
    .filter(([name]) => functionsFolder !== undefined || !['functions', 'eventarc', 'tasks'].includes(name))
    .map(([name, port]) => [name, { host: HOST, port: ports.get(port) }] as const);
  return {
    ...(source.firestore === undefined ? {} : { firestore: source.firestore }),
    ...(functionsFolder === undefined
      ? {}
      : { functions: [{ source: relative(folder, functionsFolder), codebase: 'default' }] }),
    emulators: {
      ...Object.fromEntries(emulators),
      firestore: { host: HOST, port: ports.get('firestore'), websocketPort: ports.get('firestoreWebsocket') },
      ui: { enabled: false },
      singleProjectMode: true,
    },
  };
}
