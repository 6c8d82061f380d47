import assert from 'node:assert/strict';
import { stagesRun } from '../../tools/bench/stages/child.ts';
import { sizeOf } from '../../tools/bench/stages/size.ts';

const NEVER = new AbortController().signal;

describe('the virtual platform of the measurements', function () {
  this.timeout(60_000);

  for (const kind of ['range', 'upload'] as const) {
    it(`carries a campaign (${kind}) to its end, and counts what it takes`, async () => {
      const run = await stagesRun(1_500, kind, NEVER);
      assert.deepEqual(
        [run.view.state, run.view.planned, run.view.conserved],
        ['completed', 1_500, true],
        'every message has its outcome',
      );
      // A claim and a record for each batch at the least, and the time that FCM takes for them.
      assert.ok(run.view.operations.firestoreWrites >= 6);
      assert.ok(run.view.operations.instanceMs >= 150);
      assert.ok((run.sizes.largest['batches'] ?? 0) > 500 * 8, 'a batch holds 8 bytes for each address');
      for (const stage of ['create', 'estimate', 'list', 'report']) assert.ok((run.peakBytes[stage] ?? 0) > 0, stage);
    });
  }

  it('knows what a document weighs', () => {
    assert.equal(sizeOf({ n: 1, text: '봉', none: null, bytes: new Uint8Array(5), list: ['a', true] }), 44);
  });
});
