/** What the finder needs to know of a machine; tests give their own. */
export interface Machine {
  isFile(path: string): boolean;
  /** Names in a folder; empty when there is no such folder. */
  list(path: string): string[];
  /** The path with all links followed; undefined when there is nothing. */
  realPath(path: string): string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** `download`: not on this machine, firebase-tools fetches it when it starts. */
export type FoundEmulator =
  | { readonly source: 'environment' | 'google-cloud-sdk' | 'firebase-cache'; readonly path: string }
  | { readonly source: 'download' };

/** An environment variable names an emulator that does not exist. */
export class EmulatorNotThere extends Error {
  constructor(variable: string, path: string);
}

/**
 * Where an emulator is: FIRESTORE_EMULATOR_BINARY_PATH or PUBSUB_EMULATOR_BINARY_PATH, then the Google Cloud SDK, then
 * firebase-tools' cache (newest version first).
 * @throws EmulatorNotThere
 */
export function findEmulator(name: 'firestore' | 'pubsub', machine?: Machine): FoundEmulator;
