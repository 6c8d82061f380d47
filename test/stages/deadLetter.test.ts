import assert from 'node:assert/strict';
import { noteDeadLetter } from '../../functions/src/stages/deadLetter.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, load, members, view } from './support.ts';

const EVERYBODY = 3_000;
const GIVEN_UP = 'every delivery of it failed';

const letterOf = (id: string, range = 0): Parameters<typeof noteDeadLetter>[1] => ({
  id,
  source: 'ranges',
  reason: GIVEN_UP,
  body: JSON.stringify({ campaignId: 'c', range }),
});

describe('a dead letter', () => {
  it('is shown by its campaign, and the conductor asks again for the range that was given up', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(EVERYBODY));
    let given = 0;
    cloud.deliver = ({ range }) => {
      if (range !== 1 || given === 2) return [{ afterMs: 10 }];
      given += 1;
      void noteDeadLetter(cloud.world, letterOf(`letter-${given}`, range));
      return [];
    };
    await create(cloud, EVERYBODY);
    await cloud.until(() => given === 2);
    await cloud.until(() => cloud.fcm.posts.length === 2_000);
    const running = await view(cloud);
    assert.equal(running.state, 'running');
    assert.equal(running.deadLetters.count, 2);
    assert.deepEqual(
      running.deadLetters.latest.map(({ source, reason }) => [source, reason]),
      [
        ['ranges', GIVEN_UP],
        ['ranges', GIVEN_UP],
      ],
    );
    assert.match(running.problems.join(), /^2 messages to ranges .* given up \(every delivery of it failed\)/);
    await cloud.settle();
    const { state, outcomes, resent, problems, deadLetters } = await view(cloud);
    assert.deepEqual([state, outcomes.accepted, resent], ['completed', EVERYBODY, 0]);
    assert.deepEqual([problems, deadLetters.count], [[], 2], 'it is past, and not forgotten');
  });

  it('that comes again is the same one, and of many the last ten are shown', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2));
    await create(cloud, 2, { start: false });
    await Promise.all(Array.from({ length: 5 }, () => noteDeadLetter(cloud.world, letterOf('same'))));
    assert.equal((await view(cloud)).deadLetters.count, 1);
    for (let id = 0; id < 12; id += 1) await noteDeadLetter(cloud.world, letterOf(`letter-${id}`));
    const { count, latest } = (await view(cloud)).deadLetters;
    assert.deepEqual([count, latest.length], [13, 10]);
  });

  for (const [what, body] of [
    ['nothing', ''],
    ['no JSON', '{"campaignId":"c"'],
    ['no campaign', '{"range":1}'],
    ['an id that none can have', '{"campaignId":"no such id!"}'],
    ['a campaign that is not there', '{"campaignId":"other"}'],
  ] as const) {
    it(`that names ${what} is logged, and changes nothing`, async () => {
      const cloud = new MemoryCloud();
      await noteDeadLetter(cloud.world, { ...letterOf('one'), body });
      assert.equal(cloud.documents.all().length, 0);
      const [logged] = cloud.logged;
      assert.equal(logged?.event, 'a message was given up');
      assert.deepEqual([logged?.fields['source'], logged?.fields['reason']], ['ranges', GIVEN_UP]);
    });
  }
});
