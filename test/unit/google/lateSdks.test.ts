import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const INDEX = pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'functions', 'src', 'index.ts')).href;
/** Prints which CommonJS files the functions have loaded before anybody called one; the SDKs are such. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  await import(${JSON.stringify(INDEX)});
  console.log(JSON.stringify(Object.keys(createRequire(${JSON.stringify(INDEX)}).cache)));
  process.exit(0);`;

describe('the functions, loaded and not called yet', () => {
  it('hold no SDK that a sending instance does not need', () => {
    const env = { ...process.env, GCLOUD_PROJECT: 'demo-late' };
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { env, encoding: 'utf8' });
    const packages = new Set(
      (JSON.parse(printed) as string[]).map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]),
    );
    assert.ok(packages.has('@google-cloud/firestore'), 'the program sees what is loaded');
    for (const late of ['@google-cloud/pubsub', '@google-cloud/tasks']) assert.ok(!packages.has(late), late);
  });
});
