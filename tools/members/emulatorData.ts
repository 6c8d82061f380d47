import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the Firestore emulator is, and of which project. */
export interface Emulator {
  /** `host:port`. */
  readonly firestore: string;
  readonly project: string;
}

/** As firebase-tools names them. */
const EXPORT_NAME = 'firestore_export';
const METADATA_FILE = 'firebase-export-metadata.json';

/**
 * Deletes every document of the top-level collections that are not in `kept`.
 * @throws Error with the emulator's answer
 */
export async function keepOnly(emulator: Emulator, kept: ReadonlySet<string>): Promise<void> {
  const { collectionIds = [] } = await call<{ collectionIds?: string[] }>(
    emulator,
    'POST',
    `${root(emulator)}:listCollectionIds`,
  );
  for (const collection of collectionIds.filter((id) => !kept.has(id))) {
    const page = `${root(emulator)}/${collection}?pageSize=300&mask.fieldPaths=none`;
    for (;;) {
      const { documents = [] } = await call<{ documents?: { name: string }[] }>(emulator, 'GET', page);
      if (documents.length === 0) break;
      for (const { name } of documents) await call(emulator, 'DELETE', `/v1/${name}`);
    }
  }
}

/**
 * Writes the whole database to `folder` as `firebase emulators:start --import` takes it, in place of what was there.
 * @param version of firebase-tools, for its metadata file
 */
export async function exportDatabase(emulator: Emulator, folder: string, version: string): Promise<void> {
  await rm(join(folder, EXPORT_NAME), { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await call(emulator, 'POST', `/emulator/v1/projects/${emulator.project}:export`, {
    database: `projects/${emulator.project}/databases/(default)`,
    export_directory: folder,
    export_name: EXPORT_NAME,
  });
  const metadataFile = `${EXPORT_NAME}/${EXPORT_NAME}.overall_export_metadata`;
  const metadata = { version, firestore: { version, path: EXPORT_NAME, metadata_file: metadataFile } };
  await writeFile(join(folder, METADATA_FILE), `${JSON.stringify(metadata, null, 2)}\n`);
}

function root({ project }: Emulator): string {
  return `/v1/projects/${project}/databases/(default)/documents`;
}

async function call<T>({ firestore }: Emulator, method: string, path: string, body: object = {}): Promise<T> {
  const response = await fetch(`http://${firestore}${path}`, {
    method,
    // The emulator's word for "the rules do not count".
    headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}
