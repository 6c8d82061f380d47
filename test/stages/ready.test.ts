import assert from 'node:assert/strict';
import { readiness } from '../../functions/src/stages/ready.ts';
import { MemoryCloud } from '../memory/cloud.ts';

/** What is told when the database does this. */
async function toldWhen(get: () => Promise<null>): Promise<string | undefined> {
  const cloud = new MemoryCloud();
  const startedAtMs = cloud.clock.now();
  Object.assign(cloud.documents, { get });
  let told: Record<string, string> | undefined;
  void readiness(cloud.world).then((answer) => (told = answer));
  await cloud.until(() => told !== undefined);
  assert.ok(cloud.clock.now() - startedAtMs <= 5_000);
  return told?.['firestore'];
}

describe('readiness', () => {
  it('tells of a database that answers, fails, or stands still, within 5 s', async () => {
    assert.equal(await toldWhen(() => Promise.resolve(null)), 'reachable');
    assert.equal(await toldWhen(() => Promise.reject(new RangeError('a secret'))), 'not reachable (RangeError)');
    const never = new Promise<null>(() => undefined);
    assert.equal(await toldWhen(() => never), 'not reachable (no answer within 5 s)');
  });
});
