import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportDatabase, keepOnly, type Emulator } from '../../tools/members/emulatorData.ts';

const ROOT = '/v1/projects/demo-push/databases/(default)/documents';

/** The few calls of the Firestore emulator's REST API that are used here, over documents held by name. */
class FakeFirestore {
  readonly documents = new Set<string>();
  readonly exports: unknown[] = [];
  readonly server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      if (request.headers.authorization !== 'Bearer owner') response.writeHead(403);
      response.end(JSON.stringify(this.#answer(request.method ?? '', request.url ?? '', text)));
    });
  });

  async start(): Promise<Emulator> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return { firestore: `127.0.0.1:${(this.server.address() as AddressInfo).port}`, project: 'demo-push' };
  }

  #answer(method: string, url: string, text: string): unknown {
    const [path = ''] = url.split('?');
    if (path === `${ROOT}:listCollectionIds`) {
      return { collectionIds: [...new Set([...this.documents].map((name) => name.split('/')[0]))] };
    }
    if (path.endsWith(':export')) return this.exports.push(JSON.parse(text)) && {};
    const name = path.slice(ROOT.length + 1);
    if (method === 'DELETE') return this.documents.delete(name) && {};
    const page = [...this.documents].filter((document) => document.startsWith(`${name}/`)).slice(0, 2);
    return page.length === 0 ? {} : { documents: page.map((document) => ({ name: `${ROOT.slice(4)}/${document}` })) };
  }
}

describe('emulator-data', () => {
  let firestore: FakeFirestore;
  let emulator: Emulator;
  let folder: string;
  beforeEach(async () => {
    firestore = new FakeFirestore();
    emulator = await firestore.start();
    folder = await mkdtemp(join(tmpdir(), 'emulator-data-'));
  });
  afterEach(async () => {
    firestore.server.close();
    firestore.server.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  it('keeps the wanted collections, and takes out the others to their last page', async () => {
    for (const name of ['members/0', 'members/1', 'nonces/a', 'nonces/b', 'nonces/c', 'campaigns/x']) {
      firestore.documents.add(name);
    }
    await keepOnly(emulator, new Set(['members']));
    assert.deepEqual([...firestore.documents], ['members/0', 'members/1']);
  });

  it('takes the place of an older export, and names what firebase-tools looks for', async () => {
    await mkdir(join(folder, 'firestore_export', 'old'), { recursive: true });
    await writeFile(join(folder, 'README.md'), 'kept');
    await exportDatabase(emulator, folder, '14.27.0');
    assert.deepEqual(firestore.exports, [
      {
        database: 'projects/demo-push/databases/(default)',
        export_directory: folder,
        export_name: 'firestore_export',
      },
    ]);
    assert.deepEqual((await readdir(folder)).toSorted(), ['README.md', 'firebase-export-metadata.json']);
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'firebase-export-metadata.json'), 'utf8')), {
      version: '14.27.0',
      firestore: {
        version: '14.27.0',
        path: 'firestore_export',
        metadata_file: 'firestore_export/firestore_export.overall_export_metadata',
      },
    });
  });
});
