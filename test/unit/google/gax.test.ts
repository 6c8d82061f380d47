import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { QUIET } from '../../../tools/local/environment.ts';

const ADAPTER = join(import.meta.dirname, '..', '..', '..', 'functions', 'src', 'google', 'firestore.ts');
/** Writes to a Firestore that only listens, and prints what was looked for on the disk until the request had left. */
const PROGRAM = `
  import { once } from 'node:events';
  import Module from 'node:module';
  import { createServer } from 'node:net';
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env.FIRESTORE_EMULATOR_HOST = '127.0.0.1:' + server.address().port;
  const { firestoreDocuments } = await import(${JSON.stringify(pathToFileURL(ADAPTER).href)});
  const asked = [];
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, ...rest) => {
    asked.push(request);
    return resolve(request, ...rest);
  };
  firestoreDocuments('demo-gax').commit([{ create: 'a/b', fields: { c: 1 } }]).catch(() => undefined);
  await once(server, 'connection');
  console.log(JSON.stringify(asked));
  process.exit(0);`;

describe('a request to Firestore', () => {
  it('does not look for its own code on the disk', () => {
    const env = { ...process.env, ...QUIET };
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { env, encoding: 'utf8' });
    assert.ok(!(JSON.parse(printed) as string[]).includes('google-gax/fallback'), printed);
  });
});
