import assert from 'node:assert/strict';
import { testSendSchema, type TestAnswer } from '../../functions/src/contract/testSend.ts';
import { testCampaign } from '../../functions/src/stages/testSend.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, lines, load, member, members, put, refusalOf, start, view } from './support.ts';

const GRANTED = { marketing: { granted: true, at: '2026-01-02T03:04:05Z' } };
const BY_DAY_AND_NIGHT = { ...GRANTED, night: { granted: true, at: '2026-01-02T03:04:05Z' } };
/** Half past nine in the evening in Seoul. */
const NIGHT = Date.UTC(2026, 10, 21, 12, 30);

function test(cloud: MemoryCloud, body: object): Promise<TestAnswer> {
  return testCampaign(cloud.world, 'c', testSendSchema.parse(body), 'operator');
}

function words({ results }: TestAnswer): string[] {
  return results.map(({ to, outcome, reason }) => `${to} ${outcome}.${reason}`);
}

describe('a test send', () => {
  it('reaches each address of the members and the addresses that are named, filled for each', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, [
      member(1, { addresses: [{ token: 'a' }, { fid: 'b' }], vars: { name: '하늘' } }),
      member(2, { addresses: [] }),
    ]);
    await create(cloud, 2, { start: false, message: { title: '{{name}}님', body: 'B' } });
    const answer = await test(cloud, {
      to: [{ memberNo: 1 }, { memberNo: 2 }, { memberNo: 3 }, { token: 'mine', vars: { name: '바다' } }, { fid: 'f' }],
    });
    assert.deepEqual(words(answer), [
      '0 accepted.fcm',
      '0 accepted.fcm',
      '1 suppressed.no-address',
      '2 suppressed.member-removed',
      '3 accepted.fcm',
      '4 suppressed.missing-variable',
    ]);
    assert.deepEqual(
      cloud.fcm.posts.map(({ address, push }) => [address, push.title]),
      [
        ['a', '하늘님'],
        ['b', '하늘님'],
        ['mine', '바다님'],
      ],
    );
  });

  it('is in no count, no outcome and no ledger, but in the audit', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(3));
    await create(cloud, 3, { start: false });
    const before = await view(cloud);
    await test(cloud, { to: [{ memberNo: 1 }] });
    const after = await view(cloud);
    assert.deepEqual({ ...after, audit: [] }, { ...before, audit: [] });
    assert.deepEqual(after.audit.at(-1), {
      at: new Date(cloud.clock.now()).toISOString(),
      who: 'operator',
      what: 'tested with 1',
    });
    assert.deepEqual(await lines(cloud), []);
  });

  it('carries a tag that is not the campaign’s, and the same at every test', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(1));
    await create(cloud, 1);
    await test(cloud, { to: [{ memberNo: 1 }] });
    await test(cloud, { to: [{ memberNo: 1 }] });
    await cloud.settle();
    const [first, again, own] = cloud.fcm.posts.map(({ push }) => push.tag);
    assert.equal(first, again);
    assert.notEqual(first, own);
    assert.equal(own?.length, first?.length);
    assert.equal((await view(cloud)).outcomes.accepted, 1);
  });

  it('tells what FCM refuses in the words of the outcomes', async () => {
    const cloud = new MemoryCloud();
    await draft(cloud);
    cloud.fcm.behaviour = (address) => {
      if (address === 'gone') return { result: { kind: 'refused', code: 'UNREGISTERED' } };
      if (address === 'busy') return { result: { kind: 'refused', code: 'QUOTA_EXCEEDED' } };
      if (address === 'lost') return { result: { kind: 'ambiguous', reason: 'timed-out' } };
      return { result: { kind: 'notSent' } };
    };
    const answer = await test(cloud, {
      to: [{ token: 'gone' }, { token: 'busy' }, { token: 'lost' }, { token: 'off' }],
    });
    assert.deepEqual(words(answer), [
      '0 invalid.unregistered',
      '1 failed.quota',
      '2 unknown.timed-out',
      '3 failed.network',
    ]);
  });

  it('has FCM check without delivering, and then asks no law', async () => {
    const cloud = new MemoryCloud({}, NIGHT);
    await load(cloud, [member(1)]);
    await create(cloud, 1, { kind: 'marketing', start: false });
    const answer = await test(cloud, { to: [{ memberNo: 1 }, { token: 'mine' }], validateOnly: true });
    assert.deepEqual(words(answer), ['0 accepted.fcm', '1 accepted.fcm']);
    assert.equal(answer.validateOnly, true);
    assert.deepEqual([cloud.fcm.posts.length, cloud.fcm.validated.length], [0, 2]);
    assert.equal((await view(cloud)).audit.at(-1)?.what, 'validated with 2');
  });

  it('keeps the law for advertising: consent, and the night whatever the policy', async () => {
    const cloud = new MemoryCloud({}, NIGHT);
    await load(cloud, [
      member(1),
      member(2, { consent: { marketing: { granted: false, at: '2026-01-02T03:04:05Z' } } }),
      member(3, { consent: GRANTED }),
      member(4, { consent: BY_DAY_AND_NIGHT }),
    ]);
    await create(cloud, 4, { kind: 'marketing', start: false });
    const to = [1, 2, 3, 4].map((memberNo) => ({ memberNo }));
    assert.deepEqual(words(await test(cloud, { to })), [
      '0 suppressed.no-consent',
      '1 suppressed.refused',
      '2 suppressed.night',
      '3 accepted.fcm',
    ]);
    assert.equal(cloud.fcm.posts.length, 1);
    const refusal = await refusalOf(test(cloud, { to: [{ memberNo: 4 }, { token: 'mine' }] }));
    assert.deepEqual([refusal.code, refusal.errors[0]?.field], ['invalid', '/to/1/consent/marketing']);
    const stated = await test(cloud, { to: [{ token: 'mine', consent: BY_DAY_AND_NIGHT }] });
    assert.deepEqual(words(stated), ['0 accepted.fcm']);
  });

  it('of an upload takes the texts of the recipient that it names, before and after the upload is complete', async () => {
    const cloud = new MemoryCloud();
    await createUpload(cloud, { message: { data: { deeplink: 'app://x' } } });
    await put(cloud, 1, [line('r-1'), line('r-2', { title: 'For {{name}}', vars: { name: '하늘' } })]);
    const body = { to: [{ token: 'mine' }], recipient: { part: 1, key: 'r-2' } };
    assert.deepEqual(words(await test(cloud, body)), ['0 accepted.fcm']);
    const [post] = cloud.fcm.posts;
    assert.deepEqual(
      [post?.address, post?.push.title, post?.push.body, post?.push.data],
      ['mine', 'For 하늘', 'Body r-2', { deeplink: 'app://x' }],
    );
    await start(cloud, 1, 2);
    assert.deepEqual(words(await test(cloud, body)), ['0 accepted.fcm']);
  });

  it('of an upload without common texts needs a recipient that is there', async () => {
    const cloud = new MemoryCloud();
    await createUpload(cloud);
    await put(cloud, 1, [line('r-1')]);
    for (const recipient of [undefined, { part: 1, key: 'r-9' }, { part: 2, key: 'r-1' }, { part: 1, key: 'r' }]) {
      const refusal = await refusalOf(test(cloud, { to: [{ token: 'mine' }], recipient }));
      assert.deepEqual([refusal.code, refusal.errors[0]?.field], ['invalid', '/recipient']);
    }
    assert.equal(cloud.fcm.posts.length, 0);
    assert.equal((await view(cloud)).audit.length, 1);
  });

  it('is refused once the campaign has ended, and for one that does not exist', async () => {
    const cloud = new MemoryCloud();
    assert.equal((await refusalOf(test(cloud, { to: [{ token: 'mine' }] }))).code, 'not_found');
    await load(cloud, members(1));
    await create(cloud, 1);
    await cloud.settle();
    const refusal = await refusalOf(test(cloud, { to: [{ token: 'mine' }] }));
    assert.equal(refusal.code, 'conflict');
    assert.match(refusal.message, /completed/);
  });

  it('is no second way to send: a campaign can be tested a hundred times', async () => {
    const cloud = new MemoryCloud();
    await draft(cloud);
    for (let nth = 0; nth < 100; nth += 1) await test(cloud, { to: [{ token: 'mine' }] });
    assert.equal((await refusalOf(test(cloud, { to: [{ token: 'mine' }] }))).code, 'conflict');
    assert.equal(cloud.fcm.posts.length, 100);
  });
});

/** A draft to a member that is there, for tests of addresses that are not the directory's. */
async function draft(cloud: MemoryCloud): Promise<void> {
  await load(cloud, members(1));
  await create(cloud, 1, { start: false });
}
