import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Script } from '../tools/script.ts';

/** About a minute on an idle machine with 2 cores; a retry that lost its task takes another one. */
const RUN_LIMIT_MS = 600_000;

interface Result {
  readonly kills: number;
  readonly stops: number;
  readonly postDuplicates: number;
  readonly ambiguous: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly [name: string]: unknown;
}

describe('chaos', () => {
  it('keeps every promise while processes die, stand still and are told things twice', async function () {
    this.timeout(RUN_LIMIT_MS);
    const flags = ['--members', '3000', '--minutes', '0.25', '--only', 'kill,stop,pubsub,address', '--json'];
    const chaos = new Script('tools/chaos.ts', ...flags);
    assert.equal(await chaos.ended(), 0, chaos.stderr);
    const result = JSON.parse(chaos.stdout) as Result;
    assert.deepEqual(Object.keys(result), [
      'messages',
      'kills',
      'stops',
      'cuts',
      'lost',
      'shownTwice',
      'postDuplicates',
      'ambiguous',
      'unlawful',
      'conserved',
      'faults',
    ]);
    const { lost, shownTwice, unlawful, conserved } = result;
    assert.deepEqual(
      { lost, shownTwice, unlawful, conserved },
      { lost: 0, shownTwice: 0, unlawful: 0, conserved: true },
    );
    assert.ok(result.kills >= 5 && result.stops >= 2, chaos.stdout);
    assert.ok(result.postDuplicates <= result.ambiguous, chaos.stdout);
    assert.ok(Object.values(result.faults).every((times) => times > 0));
    assert.doesNotMatch(chaos.stderr, /FAIL/);
  });

  it('stopped by Ctrl-C in the middle of the trouble, stops everything and says so with its exit code', async function () {
    this.timeout(RUN_LIMIT_MS);
    const chaos = new Script('tools/chaos.ts', '--members', '1000', '--minutes', '1', '--json');
    await chaos.says('Making trouble');
    await delay(3_000);
    chaos.process.kill('SIGINT');
    assert.equal(await chaos.ended(), 130, chaos.stderr);
    assert.equal(chaos.stdout, '');
    assert.match(chaos.stderr, /Stopping everything\n {2}done in .*\nended by SIGINT\n$/);
  });
});
