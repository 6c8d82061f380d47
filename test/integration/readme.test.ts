import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { client, cloud, ended } from './support/cloud.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');

/** The shell lines of a section of the README. */
function shellOf(heading: string): string {
  const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf(`## ${heading}`));
  const block = /```sh\n([\s\S]*?)```/.exec(section)?.[1];
  assert.ok(block, `no shell lines under "${heading}"`);
  return block;
}

describe('the README', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bongsu-readme-'));
    symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
    cpSync(cloud().folder, join(folder, '.local'), { recursive: true });
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('shows a call that works as it stands', async () => {
    await client().putMembers([{ memberNo: 7, addresses: [{ token: 'readme' }], vars: { name: '민수' } }]);
    const shell = `set -eu\n${shellOf('How the main server calls it')}`;
    const { stdout } = await promisify(execFile)('bash', ['-c', shell], { cwd: folder });
    assert.deepEqual(stdout.match(/"id":"hello-1"/g)?.length, 2, stdout);
    assert.equal((await ended('hello-1')).outcomes.accepted, 1);
  });
});
