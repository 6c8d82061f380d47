import assert from 'node:assert/strict';
import { runProgram } from './command.ts';

const run = (...args: string[]) => runProgram('tools/chaos.ts', ...args);

describe('chaos as a command', () => {
  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, 0);
    assert.match(stdout, /--members N .*default 100000/);
  });

  for (const args of [
    ['--members', '10'],
    ['--minutes', '0'],
    ['--minutes', '1e1'],
    ['--policy', 'toString'],
    ['--only', 'kill,nothing'],
    ['--only', ''],
    ['--nope'],
  ]) {
    it(`refuses ${args.join(' ')} before anything is started`, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /Usage: npm run chaos/);
      assert.doesNotMatch(stderr, /Starting the local cloud/);
    });
  }
});
