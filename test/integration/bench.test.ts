import assert from 'node:assert/strict';
import { runProgram } from '../tools/command.ts';

describe('bench', function () {
  // It starts a local cloud of its own and sends two small campaigns.
  this.timeout(240_000);

  it('measures campaigns and prints what they came to as JSON', async () => {
    const { code, stdout, stderr } = await runProgram('tools/bench.ts', '--only', 'slow', '--quick', '--json');
    assert.ok(code === 0 || code === 1, stderr);
    const json = JSON.parse(stdout) as { slowTokens: { throughputRatio: number; memoryRatio: number } };
    assert.deepEqual(Object.keys(json), ['slowTokens']);
    assert.ok(json.slowTokens.throughputRatio > 0 && json.slowTokens.memoryRatio > 0, stdout);
    assert.match(stderr, /\| 5% hang 8 s +\| +2,000 \|/);
  });
});
