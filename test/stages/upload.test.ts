import assert from 'node:assert/strict';
import { ProblemError } from '../../functions/src/contract/problem.ts';
import { showRecipient } from '../../functions/src/stages/report.ts';
import { putMembers, removeMember } from '../../functions/src/store/directory.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import {
  createUpload,
  line,
  lines,
  load,
  member,
  members,
  postCounts,
  put,
  refusalOf,
  start,
  view,
} from './support.ts';

const AT = '2026-01-02T03:04:05Z';

/** `count` lines whose keys start with `name`. */
const many = (name: string, count: number, fields: Record<string, unknown> = {}): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, index) => line(`${name}-${index}`, fields));

describe('a campaign to uploaded recipients', () => {
  it('sends each recipient its own title and body, once, and leaves no recipient behind', async () => {
    const cloud = new MemoryCloud();
    await createUpload(cloud);
    assert.equal((await view(cloud)).state, 'draft');
    await put(cloud, 2, many('b', 1_700));
    await put(cloud, 3, many('c', 3));
    assert.deepEqual(await put(cloud, 1, many('a', 1_200)), { part: 1, recipients: 1_200, pages: 3 });
    assert.equal((await start(cloud, 3, 2_903)).state, 'scheduled');
    await cloud.settle();
    const shown = await view(cloud);
    assert.equal(shown.state, 'completed');
    assert.equal(shown.planned, 2_903);
    assert.equal(shown.outcomes.accepted, 2_903);
    assert.equal(shown.conserved, true);
    assert.equal(shown.progress, 1);
    for (const { address, push } of cloud.fcm.posts) {
      const key = address.slice('token-'.length);
      assert.deepEqual([push.title, push.body], [`Title ${key}`, `Body ${key}`]);
    }
    assert.equal(postCounts(cloud).size, 2_903);
    assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
    assert.equal((await lines(cloud)).length, 2_903);
    const left = cloud.documents.all().map(({ path }) => path.split('/')[2]);
    assert.deepEqual(new Set(left), new Set([undefined, 'ranges', 'batches', 'keys']));
  });

  it('fills the shared template, adds own data to shared data, and lets own texts win', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, [member(1, { vars: { name: '민수', grade: 'VIP' } })]);
    await createUpload(cloud, {
      message: {
        title: '{{name|고객}}님',
        body: '{{grade}}',
        data: { link: 'a', to: 'all' },
        imageUrl: 'https://x.y/a',
      },
    });
    await put(cloud, 1, [
      { key: 'm', memberNo: 1, vars: { name: '수민' } },
      { key: 'own', token: 't', title: '직접', body: '{{n}}개', vars: { n: '3' }, data: { link: 'b' } },
      { key: 'inline', fid: 'f', body: 'x', imageUrl: 'https://x.y/b' },
      { key: 'lacks', token: 'u' },
    ]);
    await start(cloud, 1, 4);
    await cloud.settle();
    assert.deepEqual(
      cloud.fcm.posts.map(({ address, push }) => [address, push.title, push.body, push.data['link'], push.imageUrl]),
      [
        ['token-1', '수민님', 'VIP', 'a', 'https://x.y/a'],
        ['t', '직접', '3개', 'b', 'https://x.y/a'],
        ['f', '고객님', 'x', 'a', 'https://x.y/b'],
      ],
    );
    assert.ok(cloud.fcm.posts.every(({ push }) => push.data['to'] === 'all'));
    assert.equal((await view(cloud)).reasons['suppressed.missing-variable'], 1);
  });

  it('looks members up when it sends: the address they have then, the consent they have then', async () => {
    const cloud = new MemoryCloud();
    const consent = { marketing: { granted: true, at: AT } };
    await load(
      cloud,
      [1, 2, 3, 4_000].map((no) => member(no, { consent })),
    );
    await createUpload(cloud, { kind: 'marketing' });
    await put(cloud, 1, [
      ...[1, 2, 3, 4_000, 77].map((memberNo) => ({ key: `k${memberNo}`, memberNo, title: 'T', body: 'B' })),
      line('yes', { consent }),
      line('no', { consent: { marketing: { granted: false, at: AT } } }),
    ]);
    await start(cloud, 1, 7);
    await load(cloud, [
      member(1, { consent, addresses: [{ token: 'new' }, { token: 'second' }] }),
      member(2, { consent: { marketing: { granted: false, at: AT } } }),
    ]);
    await removeMember(cloud.documents, 3);
    await cloud.settle();
    assert.deepEqual(new Set(postCounts(cloud).keys()), new Set(['new', 'second', 'token-4000', 'token-yes']));
    assert.deepEqual((await view(cloud)).reasons, {
      'accepted.fcm': 4,
      'suppressed.member-removed': 2,
      'suppressed.refused': 2,
    });
    const told = await showRecipient(cloud.world, 'c', 'yes');
    assert.equal(told.messages[0]?.consentAt, '2026-01-02T03:04:05.000Z');
  });

  it('looks members up again for a retry, and finds inline recipients again', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2));
    await createUpload(cloud);
    await put(cloud, 1, many('pad', 1_100));
    await put(cloud, 2, [line('again'), { key: 'm', memberNo: 1, title: 'T', body: 'B' }]);
    cloud.fcm.behaviour = (address, seen) => {
      if ((address === 'token-again' || address === 'token-1') && seen === 0) {
        if (address === 'token-1') void putMembers(cloud.documents, [member(1, { addresses: [{ token: 'moved' }] })]);
        return { result: { kind: 'refused', code: 'UNAVAILABLE' } };
      }
      return { result: { kind: 'accepted' } };
    };
    await start(cloud, 2, 1_102);
    await cloud.settle();
    const posts = ['token-again', 'token-1', 'moved'].map((address) => cloud.fcm.postsTo(address));
    assert.deepEqual(
      posts.map((list) => list.length),
      [2, 1, 1],
    );
    assert.equal(posts[0]?.[1]?.push.title, 'Title again');
    assert.deepEqual((await view(cloud)).outcomes.accepted, 1_102);
  });

  it('tells what happened to one recipient by its key, during and after the campaign', async () => {
    const cloud = new MemoryCloud();
    await createUpload(cloud);
    await put(cloud, 1, many('a', 900));
    await put(cloud, 2, [...many('b', 700), line('dead')]);
    cloud.fcm.behaviour = (address) => ({
      result: address === 'token-dead' ? { kind: 'refused', code: 'UNREGISTERED' } : { kind: 'accepted' },
    });
    await start(cloud, 2, 1_601);
    await cloud.settle();
    const reads = cloud.documents.reads;
    const told = await showRecipient(cloud.world, 'c', 'dead');
    assert.deepEqual(
      told.messages.map(({ key, outcome, reason }) => [key, outcome, reason]),
      [['dead', 'invalid', 'unregistered']],
    );
    assert.ok(cloud.documents.reads - reads <= 6, `${cloud.documents.reads - reads} documents read`);
    assert.equal((await showRecipient(cloud.world, 'c', 'a-899')).messages.length, 1);
    await assert.rejects(showRecipient(cloud.world, 'c', 'a-900'), ProblemError);
  });

  it('carries 500 recipients with payloads of 4 KB', async () => {
    const cloud = new MemoryCloud();
    await createUpload(cloud);
    const data = { text: 'ㄱ'.repeat(1_290) };
    const answer = await put(cloud, 1, many('big', 500, { data }));
    assert.ok(answer.pages > 1);
    await start(cloud, 1, 500);
    await cloud.settle();
    assert.equal((await view(cloud)).outcomes.accepted, 500);
    assert.ok(cloud.fcm.posts.every(({ push }) => push.data['text'] === data.text));
    const refused = await refusalOf(put(new MemoryCloud(), 1, []));
    assert.equal(refused.code, 'not_found');
  });

  it('costs as much per message at 20,000 as at 2,000', async () => {
    const cost = async (parts: number): Promise<number> => {
      const cloud = new MemoryCloud({ recipientsPerRange: 10_000 });
      await createUpload(cloud);
      for (let part = 1; part <= parts; part += 1) await put(cloud, part, many(`p${part}`, 2_000));
      await start(cloud, parts, parts * 2_000);
      await cloud.settle();
      const { operations, planned } = await view(cloud);
      return ((operations.firestoreReads + operations.firestoreWrites) / planned) * 500;
    };
    const [small, large] = [await cost(1), await cost(10)];
    assert.ok(large <= small, `${large} operations per 500 at 20,000, ${small} at 2,000`);
    // Of which 2 are the campaign's own, whatever its size: what it asks of the project's rate.
    assert.ok(small <= 17, `${small} operations per 500`);
  }).timeout(20_000);
});
