import assert from 'node:assert/strict';
import { Script } from './script.ts';

/** Emulators, functions and all: about 10 s on an idle machine with 2 cores. */
const RUN_LIMIT_MS = 180_000;

describe('the demo', () => {
  it('runs a campaign over every kind of address, and everything adds up', async function () {
    this.timeout(RUN_LIMIT_MS);
    const demo = new Script('tools/demo.ts', '--members', '800', '--seed', '5', '--fault', 'apns=0.01', '--json');
    const code = await demo.ended();
    assert.equal(code, 0, demo.stderr);
    const result = JSON.parse(demo.stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
    assert.deepEqual(Object.keys(result), [
      'campaignId',
      'planned',
      'outcomes',
      'conserved',
      'duplicates',
      'elapsedMs',
      'messagesPerSecond',
      'operations',
      'personalised',
    ]);
    assert.deepEqual([result['conserved'], result['duplicates']], [true, 0]);
    const { accepted, invalid, failed, suppressed } = result['outcomes'] as Record<string, number>;
    assert.ok([accepted, invalid, failed, suppressed].every((messages) => (messages ?? 0) > 0));
    assert.doesNotMatch(demo.stderr, /FAIL/);
  });

  it('stopped by Ctrl-C in the middle, stops everything and says so with its exit code', async function () {
    this.timeout(RUN_LIMIT_MS);
    // Each message hangs for 8 s: the campaign cannot end before the signal comes.
    const demo = new Script('tools/demo.ts', '--members', '200', '--fault', 'hang-8000=0.9', '--json');
    await demo.says('Sending the marketing campaign');
    demo.process.kill('SIGINT');
    assert.equal(await demo.ended(), 130, demo.stderr);
    assert.equal(demo.stdout, '');
    assert.match(demo.stderr, /Stopping everything\n {2}done in .*\nended by SIGINT\n$/);
  });
});
