import assert from 'node:assert/strict';
import { runProgram } from './command.ts';

const run = (...args: string[]) => runProgram('tools/demo.ts', ...args);

describe('the demo as a command', () => {
  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, 0);
    assert.match(stdout, /--members N .*default 100000/);
  });

  for (const args of [['--members', '0'], ['--fault', 'dead=2'], ['--fcm', 'nowhere'], ['--nope']]) {
    it(`refuses ${args.join(' ')} before anything is started`, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /Usage: npm run demo/);
      assert.doesNotMatch(stderr, /Starting the local cloud/);
    });
  }
});
