import assert from 'node:assert/strict';
import { WriteConflict } from '../../functions/src/ports.ts';
import { PARTS_MAX } from '../../functions/src/contract/recipient.ts';
import { passesOver } from '../../functions/src/core/keyIndex.ts';
import { startCampaign } from '../../functions/src/stages/ingest.ts';
import { indexKeys } from '../../functions/src/stages/keyIndex.ts';
import { putPart } from '../../functions/src/stages/part.ts';
import { readCampaignRecord } from '../../functions/src/store/campaigns.ts';
import { holdParts, listParts } from '../../functions/src/store/uploads.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { Life } from '../memory/life.ts';
import { create, createUpload, line, load, members, postCounts, put, refusalOf, start, view } from './support.ts';

const DAY_MS = 86_400_000;
const many = (name: string, count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, index) => line(`${name}-${index}`));

/** Upload pages that are stored, whichever part or upload they belong to. */
const pages = (cloud: MemoryCloud): number =>
  cloud.documents.all().filter(({ path }) => path.includes('/recipients/')).length;

async function draft(fields: Record<string, unknown> = {}): Promise<MemoryCloud> {
  const cloud = new MemoryCloud();
  await createUpload(cloud, fields);
  return cloud;
}

describe('a part of an upload', () => {
  it('is replaced by its next version, and leaves nothing of the one before', async () => {
    const cloud = await draft();
    await put(cloud, 1, many('old', 1_700));
    await put(cloud, 1, many('new', 600));
    assert.equal(pages(cloud), 2);
    await start(cloud, 1, 600);
    await cloud.settle();
    assert.equal(postCounts(cloud).size, 600);
    assert.ok([...postCounts(cloud).keys()].every((address) => address.startsWith('token-new')));
  });

  it('is stored once when the same bytes come again, also after the start', async () => {
    const cloud = await draft();
    const first = await put(cloud, 1, many('a', 700));
    const before = cloud.documents.all();
    assert.deepEqual(await put(cloud, 1, many('a', 700)), first);
    assert.deepEqual(cloud.documents.all(), before);
    await start(cloud, 1, 700);
    assert.deepEqual(await put(cloud, 1, many('a', 700)), first);
    assert.equal((await refusalOf(put(cloud, 1, many('b', 700)))).code, 'conflict');
    assert.equal((await refusalOf(put(cloud, 2, many('b', 1)))).code, 'conflict');
    assert.equal(pages(cloud), 2);
    await cloud.settle();
    assert.equal((await refusalOf(put(cloud, 1, many('b', 1)))).code, 'conflict');
  });

  it('leaves nothing behind when one of its lines is refused', async () => {
    const cloud = await draft();
    await put(cloud, 1, many('a', 10));
    const before = cloud.documents.all();
    const wrong = [
      ...many('b', 1_300),
      line('big', { data: { text: 'x'.repeat(4_100) } }),
      line('open', { body: '{{' }),
    ];
    const refused = await refusalOf(put(cloud, 1, wrong));
    assert.equal(refused.code, 'invalid');
    assert.match(refused.message, /^Part 1 has 2 errors/);
    assert.deepEqual(
      refused.errors.map(({ line: at, field }) => [at, field]),
      [
        [1_301, ''],
        [1_302, '/body'],
      ],
    );
    assert.deepEqual(cloud.documents.all(), before);
    assert.equal((await refusalOf(put(cloud, 2, []))).errors[0]?.message, 'holds no recipient');
  });

  it('leaves nothing behind when its body breaks off', async () => {
    const cloud = await draft();
    const lines = async function* () {
      for (const one of many('a', 1_200)) yield { line: 1, recipient: one as never };
      await Promise.reject(new Error('cut'));
    };
    await assert.rejects(putPart(cloud.world, { campaignId: 'c', part: 1, digest: 'd', lines: lines() }), /cut/);
    assert.equal(pages(cloud), 0);
  });

  it('may die at any call and come again', async () => {
    for (let nth = 1; nth <= 8; nth += 1) {
      for (const when of ['before', 'after'] as const) {
        const cloud = await draft();
        await put(cloud, 1, many('old', 600));
        const life = new Life(cloud.world);
        life.killAt = () => (life.calls.length === nth ? when : null);
        const mortal = Object.assign(Object.create(cloud) as MemoryCloud, { world: life.world });
        await Promise.race([put(mortal, 1, many('new', 1_100)), life.death]).catch(() => undefined);
        await put(cloud, 1, many('new', 1_100));
        await start(cloud, 1, 1_100);
        await cloud.settle();
        const shown = await view(cloud);
        assert.equal(shown.outcomes.accepted, 1_100, `${when} call ${nth}`);
        assert.equal(pages(cloud), 0);
      }
    }
  });

  it('comes four times at once in two versions, and is one of them', async () => {
    const cloud = await draft();
    const versions = [many('a', 600), many('b', 700), many('a', 600), many('b', 700)];
    await Promise.all(versions.map((version) => put(cloud, 1, version)));
    const outcome = await refusalOf(start(cloud, 1, 600)).then(
      () => 'b',
      () => 'a',
    );
    if (outcome === 'b') await start(cloud, 1, 700);
    await cloud.settle();
    const sent = [...postCounts(cloud).keys()];
    assert.equal(sent.length, outcome === 'a' ? 600 : 700);
    assert.ok(sent.every((address) => address.startsWith(`token-${outcome}`)));
  });

  it('needs a title and a body from somebody, and for marketing a consent', async () => {
    const cloud = await draft({ kind: 'marketing', message: { title: 'T' } });
    const refused = await refusalOf(
      put(cloud, 1, [
        { key: 'a', memberNo: 1 },
        { key: 'b', token: 't', body: 'B' },
        { key: 'c', token: 't', body: 'B', consent: { marketing: null } },
      ]),
    );
    assert.deepEqual(
      refused.errors.map(({ line: at, field }) => `${at}${field}`),
      ['1/body', '2/consent/marketing', '3/consent/marketing'],
    );
  });

  it('is refused where the campaign goes to members', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(1));
    await create(cloud, 1, { start: false });
    assert.equal((await refusalOf(put(cloud, 1, many('a', 1)))).code, 'conflict');
    assert.equal((await refusalOf(start(cloud, 1, 1))).code, 'invalid');
  });
});

describe('the start of an upload', () => {
  it('names the parts that are missing, or that nobody announced, and what does not add up', async () => {
    const cloud = await draft();
    await put(cloud, 2, many('a', 5));
    await put(cloud, 5, many('b', 5));
    const before = await readCampaignRecord(cloud.documents, 'c');
    const missing = await refusalOf(start(cloud, 5, 10));
    assert.equal(missing.code, 'conflict');
    assert.equal(missing.message, 'These parts are missing: 1, 3, 4.');
    assert.match((await refusalOf(start(cloud, 2, 5))).message, /missing: 1/);
    assert.match((await refusalOf(start(cloud, PARTS_MAX, 10))).message, / and 978 more\.$/);
    await put(cloud, 1, many('c', 5));
    assert.match((await refusalOf(start(cloud, 2, 10))).message, /beyond the last one: 5/);
    const after = await readCampaignRecord(cloud.documents, 'c');
    assert.deepEqual(after?.record, before?.record);
    await put(cloud, 3, many('d', 5));
    await put(cloud, 4, many('e', 5));
    assert.deepEqual((await refusalOf(start(cloud, 5, 26))).errors, [
      { field: '/recipients', message: 'does not match: 25 arrived' },
    ]);
    assert.equal((await start(cloud, 5, 25)).state, 'scheduled');
    assert.equal((await start(cloud, 5, 25)).state, 'scheduled');
    assert.equal((await refusalOf(start(cloud, 5, 24))).code, 'conflict');
  });

  it('names keys that were given twice, in one part or in two, and lets the part be mended', async () => {
    const cloud = await draft();
    await put(cloud, 1, [...many('a', 700), line('x'), line('x')]);
    await put(cloud, 2, [...many('b', 30), line('a-699'), line('x')]);
    const refused = await refusalOf(start(cloud, 2, 734));
    assert.equal(refused.code, 'invalid');
    assert.match(refused.message, /^2 keys are given more than once\.$/);
    assert.deepEqual(refused.errors.map(({ message }) => message).toSorted(), [
      'a-699 is given 2 times',
      'x is given 3 times',
    ]);
    assert.equal((await view(cloud)).state, 'draft');
    await put(cloud, 2, many('b', 50));
    const alone = await refusalOf(start(cloud, 2, 752));
    assert.match(alone.message, /^1 key is/);
    await put(cloud, 1, many('a', 700));
    assert.equal((await start(cloud, 2, 750)).state, 'scheduled');
    await cloud.settle();
    assert.equal((await view(cloud)).outcomes.accepted, 750);
  });

  it('names the first twenty of many', async () => {
    const cloud = await draft();
    await put(cloud, 1, many('a', 60));
    await put(cloud, 2, [...many('a', 60), line('b')]);
    const refused = await refusalOf(start(cloud, 2, 121));
    assert.equal(refused.message, '60 keys are given more than once; the first 20 are listed.');
    assert.equal(refused.errors.length, 20);
  });

  it('compares the keys of every pass', async () => {
    const cloud = await draft();
    await put(cloud, 1, many('a', 60));
    await put(cloud, 2, many('a', 60));
    const { documents } = cloud.world;
    const parts = await holdParts(documents, await listParts(documents, 'c'), 'sealing');
    const buckets = 120;
    assert.equal(passesOver(buckets).length, 3);
    const refused = await refusalOf(indexKeys(cloud.world, 'c', parts, buckets));
    assert.match(refused.message, /^60 keys are given more than once/);
  });

  it('may die at any call and come again', async () => {
    let schedules = 0;
    for (let nth = 1; nth <= 9; nth += 1) {
      for (const when of ['before', 'after'] as const) {
        const cloud = await draft();
        await put(cloud, 1, many('a', 600));
        await put(cloud, 2, many('b', 600));
        const life = new Life(cloud.world);
        life.killAt = () => (life.calls.length === nth ? when : null);
        const seal = { parts: 2, recipients: 1_200 };
        await Promise.race([startCampaign(life.world, 'c', seal, 'x'), life.death]).catch(() => undefined);
        schedules += (await view(cloud)).state === 'draft' ? 0 : 1;
        await start(cloud, 2, 1_200);
        await cloud.settle();
        const shown = await view(cloud);
        assert.equal(shown.state, 'completed', `${when} call ${nth}`);
        assert.equal(shown.outcomes.accepted, 1_200, `${when} call ${nth}`);
        assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
      }
    }
    assert.ok(schedules > 0, 'no life was long enough to schedule the campaign');
  });

  it('meets parts that still arrive, and sends what it counted or refuses', async () => {
    let started = 0;
    let replaced = 0;
    for (let ahead = -10; ahead <= 120; ahead += 1) {
      const cloud = await draft();
      await put(cloud, 1, many('old', 3));
      await put(cloud, 2, many('b', 10));
      const [newer] = await Promise.allSettled([
        after(-ahead).then(() => put(cloud, 1, many('new', 3))),
        after(ahead).then(() => start(cloud, 2, 13)),
      ]);
      if ((await view(cloud)).state === 'draft') await start(cloud, 2, 13);
      await cloud.settle();
      const sent = new Set([...postCounts(cloud).keys()].map((address) => address.split('-')[1]));
      assert.deepEqual(sent, new Set([newer.status === 'fulfilled' ? 'new' : 'old', 'b']), `${ahead} turns ahead`);
      assert.equal((await view(cloud)).outcomes.accepted, 13);
      if (newer.status === 'fulfilled') replaced += 1;
      else started += 1;
    }
    assert.ok(started > 0 && replaced > 0, `${started} starts and ${replaced} replacements came first`);
  });

  it('is taken by one of two that come at once', async () => {
    const cloud = await draft();
    await put(cloud, 1, many('a', 20));
    const both = await Promise.allSettled([start(cloud, 1, 20), start(cloud, 1, 20)]);
    for (const one of both) {
      if (one.status === 'rejected') assert.ok(isRepeatable(one.reason), String(one.reason));
    }
    assert.equal((await start(cloud, 1, 20)).state, 'scheduled');
    await cloud.settle();
    assert.equal((await view(cloud)).outcomes.accepted, 20);
  });

  it('does not build on parts that may go while the campaign runs', async () => {
    const cloud = await draft();
    await put(cloud, 1, many('a', 20));
    void cloud.clock.sleep(DAY_MS);
    await cloud.until(() => cloud.clock.now() >= Date.UTC(2026, 10, 22, 3));
    assert.match((await refusalOf(start(cloud, 1, 20))).message, /too old: 1/);
    await put(cloud, 1, many('a', 20));
    assert.equal((await start(cloud, 1, 20)).state, 'scheduled');
  });
});

/** The in-memory ports answer in turns of the microtask queue. */
async function after(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
}

function isRepeatable(error: unknown): boolean {
  return error instanceof WriteConflict || (error as { code?: string }).code === 'unavailable';
}
