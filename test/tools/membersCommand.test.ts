import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateMembers } from '../../tools/members/generate.ts';
import { runProgram } from './command.ts';

const run = (...args: string[]) => runProgram('tools/members/main.ts', ...args);

describe('the generator as a command', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'members-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('writes NDJSON to standard output', async () => {
    const { code, stdout } = await run('--members', '50', '--seed', '9');
    const lines = [...generateMembers({ members: 50, seed: 9 })].map((member) => `${JSON.stringify(member)}\n`);
    assert.equal(code, 0);
    assert.equal(stdout, lines.join(''));
  });

  it('writes a file, and beside it what a campaign must come to', async () => {
    const [out, expect] = [join(folder, 'members.ndjson'), join(folder, 'expect.json')];
    const { code, stdout } = await run(
      '--members',
      '40',
      '--fault',
      'dead=0.5',
      '--gaps',
      '0',
      '--out',
      out,
      '--expect',
      expect,
    );
    assert.deepEqual([code, stdout], [0, '']);
    assert.equal((await readFile(out, 'utf8')).trimEnd().split('\n').length, 40);
    const expectation = JSON.parse(await readFile(expect, 'utf8')) as { members: number; lastMemberNo: number };
    assert.deepEqual([expectation.members, expectation.lastMemberNo], [40, 40]);
  });

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, 0);
    assert.match(stdout, /--fault NAME=SHARE/);
  });

  for (const args of [['--seed', '4294967296'], ['--gaps', '1'], ['--fault', 'x=1'], ['file']]) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /Usage: node tools\/members\/main.ts/);
    });
  }

  it('says in one line that it cannot write', async () => {
    const { code, stderr } = await run('--members', '1', '--out', join(folder, 'none', 'x'));
    assert.equal(code, 1);
    assert.match(stderr, /^ENOENT[^\n]*\n$/);
  });
});
