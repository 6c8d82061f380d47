import assert from 'node:assert/strict';
import functionsTest from 'firebase-functions-test';
import type { conduct as Conduct } from '../../functions/src/entry/conduct.ts';
import type { sendRange as SendRange } from '../../functions/src/entry/sendRange.ts';
import { Audience, client, cloud, ended } from './support/cloud.ts';

/** The deployed functions, called as firebase-functions-test calls them, in this process. */
describe('the functions by themselves', function () {
  this.timeout(60_000);
  const { wrap, cleanup } = functionsTest({ projectId: 'demo-push' });
  // The test package has its own copy of the functions' types, which TypeScript takes for others.
  const call = (fn: unknown, event: object): Promise<unknown> =>
    (wrap(fn as never) as (event: object) => Promise<unknown>)(event);
  const set: string[] = [];
  let sendRange: typeof SendRange;
  let conduct: typeof Conduct;

  before(async () => {
    const { firestore, pubsub, tasks, fcm } = cloud().endpoints;
    const environment: Record<string, string> = {
      FIRESTORE_EMULATOR_HOST: firestore,
      PUBSUB_EMULATOR_HOST: pubsub,
      CLOUD_TASKS_EMULATOR_HOST: tasks,
      FCM_EMULATOR_HOST: fcm,
      CALLERS: '{"callers":[]}',
    };
    for (const [name, value] of Object.entries(environment)) {
      process.env[name] = value;
      set.push(name);
    }
    ({ sendRange } = await import('../../functions/src/entry/sendRange.ts'));
    ({ conduct } = await import('../../functions/src/entry/conduct.ts'));
  });

  after(() => {
    cleanup();
    for (const name of set) delete process.env[name];
  });

  it('leave a range alone that is walked already, and a turn that was taken', async () => {
    const audience = new Audience(50);
    await audience.load();
    const { id } = await client().createCampaign(audience.campaign());
    const before = await ended(id);
    const message = { json: { campaignId: id, range: 0 }, messageId: '1', publishTime: new Date().toISOString() };
    await call(sendRange, { data: { message, subscription: 's' } });
    await call(conduct, { data: { campaignId: id, tick: 1 } });
    assert.deepEqual(await client().campaign(id), before);
    assert.equal((await audience.posts()).length, 50);
  });
});
