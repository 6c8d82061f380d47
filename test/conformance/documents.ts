import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { WriteConflict, type Documents, type Fields } from '../../functions/src/ports.ts';

/** What every adapter of the `Documents` port does alike. Each test works in a collection of its own. */
export function documentsConformance(open: () => Documents): void {
  let documents: Documents;
  let place: string;
  const fieldsOf = async (path: string): Promise<Fields | undefined> => (await documents.get(path))?.fields;
  const versionOf = async (path: string): Promise<string> => (await documents.get(path))?.version ?? '';

  beforeEach(() => {
    documents = open();
    place = `t${randomUUID()}`;
  });

  it('reads back every kind of value that it was given', async () => {
    const fields: Fields = {
      none: null,
      yes: true,
      whole: Number.MAX_SAFE_INTEGER,
      text: '봉수 🔥',
      bytes: Uint8Array.of(0, 255, 10),
      list: [1, 'a', { b: null }],
      map: { 'a.b': 1, '`': '2', '': { deep: 'x' } },
    };
    delete (fields['map'] as Record<string, unknown>)[''];
    await documents.commit([{ create: `${place}/a`, fields: { ...fields, at: new Date(5) } }]);
    const read = (await fieldsOf(`${place}/a`)) ?? {};
    assert.deepEqual([...(read['bytes'] as Uint8Array)], [0, 255, 10]);
    assert.deepEqual(read['at'], new Date(5));
    const { bytes: _, at: __, ...rest } = read;
    const { bytes: ___, ...given } = fields;
    assert.deepEqual(rest, given);
  });

  it('answers null for what is not there', async () => {
    assert.equal(await documents.get(`${place}/none`), null);
    await documents.commit([{ create: `${place}/a`, fields: {} }]);
    const [none, some, again] = await documents.getMany([`${place}/none`, `${place}/a`, `${place}/a`]);
    assert.equal(none, null);
    assert.equal(some?.path, `${place}/a`);
    assert.equal(again?.path, `${place}/a`);
    assert.deepEqual(await documents.getMany([]), []);
  });

  it('reads only the fields, and the entries of maps, that it is asked for', async () => {
    const map = { '1': 'one', '2': 'two', 'a.b': 'dotted' };
    await documents.commit([
      { create: `${place}/a`, fields: { map, n: 1, text: 'x' } },
      { create: `${place}/b`, fields: { n: 2 } },
    ]);
    const some = await documents.getMany(
      [`${place}/a`, `${place}/b`, `${place}/c`],
      [['map', '2'], ['map', 'a.b'], ['n']],
    );
    assert.deepEqual(
      some.map((doc) => doc?.fields),
      [{ map: { '2': 'two', 'a.b': 'dotted' }, n: 1 }, { n: 2 }, undefined],
    );
    const found = await documents.query({ collection: place, limit: 10, fields: ['n', 'text'] });
    assert.deepEqual(
      found.map((doc) => doc.fields),
      [{ n: 1, text: 'x' }, { n: 2 }],
    );
    assert.equal(found[0]?.version, await versionOf(`${place}/a`));
  });

  it('finds no entry in a field that is no map, and makes it one by merging a map into it', async () => {
    const values = { text: 'gone', list: ['gone'], none: null };
    for (const [id, map] of Object.entries(values)) {
      await documents.commit([{ create: `${place}/${id}`, fields: { map, n: 1 } }]);
      const [doc] = await documents.getMany([`${place}/${id}`], [['map', '1'], ['n']]);
      assert.deepEqual(doc?.fields, { n: 1 }, id);
      await documents.commit([{ merge: `${place}/${id}`, fields: { map: { '2': 'two' } } }]);
      assert.deepEqual(await fieldsOf(`${place}/${id}`), { map: { '2': 'two' }, n: 1 }, id);
    }
  });

  it('creates once', async () => {
    await documents.commit([{ create: `${place}/a`, fields: { n: 1 } }]);
    await assert.rejects(documents.commit([{ create: `${place}/a`, fields: { n: 2 } }]), WriteConflict);
    assert.deepEqual(await fieldsOf(`${place}/a`), { n: 1 });
  });

  it('lets exactly one of many creates through', async () => {
    const tries = Array.from({ length: 8 }, (_, n) => documents.commit([{ create: `${place}/a`, fields: { n } }]));
    const results = await Promise.allSettled(tries);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const result of results) if (result.status === 'rejected') assert.ok(result.reason instanceof WriteConflict);
  });

  it('sets one entry of a map at the version it is told, and leaves the others alone', async () => {
    await documents.commit([{ create: `${place}/a`, fields: { n: 1, map: { one: 'x', '7': 'y' } } }]);
    const at = await versionOf(`${place}/a`);
    await documents.commit([{ set: `${place}/a`, at, path: ['map', '7'], value: 'z' }]);
    assert.deepEqual(await fieldsOf(`${place}/a`), { n: 1, map: { one: 'x', '7': 'z' } });
    const late = documents.commit([{ set: `${place}/a`, at, path: ['map', '7'], value: 'late' }]);
    await assert.rejects(late, WriteConflict);
    const gone = documents.commit([{ set: `${place}/none`, at, path: ['map', '7'], value: 'late' }]);
    await assert.rejects(gone, WriteConflict);
    assert.deepEqual(await fieldsOf(`${place}/a`), { n: 1, map: { one: 'x', '7': 'z' } });
  });

  it('updates the version it is told, and leaves other fields alone', async () => {
    const [version = ''] = await documents.commit([
      { create: `${place}/a`, fields: { n: 1, m: { x: 1 }, keep: true } },
    ]);
    assert.equal(version, await versionOf(`${place}/a`));
    const [next = ''] = await documents.commit([{ update: `${place}/a`, at: version, fields: { n: 2, m: { y: 2 } } }]);
    assert.deepEqual(await fieldsOf(`${place}/a`), { n: 2, m: { y: 2 }, keep: true });
    await assert.rejects(documents.commit([{ update: `${place}/a`, at: version, fields: { n: 3 } }]), WriteConflict);
    await documents.commit([{ update: `${place}/a`, at: next, fields: { n: 4 } }]);
    assert.equal((await fieldsOf(`${place}/a`))?.['n'], 4);
  });

  it('takes two writes to one document, the first of which names its version for both', async () => {
    const [at = ''] = await documents.commit([{ create: `${place}/a`, fields: { n: 1, map: { '1': 'a', '2': 'b' } } }]);
    await documents.commit([
      { update: `${place}/a`, at, fields: { n: 2 } },
      { merge: `${place}/a`, fields: { map: { '1': 'c' } } },
      { remove: `${place}/a`, path: ['map', '2'] },
    ]);
    assert.deepEqual(await fieldsOf(`${place}/a`), { n: 2, map: { '1': 'c' } });
    const version = await versionOf(`${place}/a`);
    await documents.commit([
      { set: `${place}/a`, at: version, path: ['map', '1'], value: 'd' },
      { merge: `${place}/a`, fields: { n: 3 } },
    ]);
    assert.deepEqual(await fieldsOf(`${place}/a`), { n: 3, map: { '1': 'd' } });
    const late = documents.commit([
      { update: `${place}/a`, at: version, fields: { n: 4 } },
      { merge: `${place}/a`, fields: { map: { '1': 'e' } } },
    ]);
    await assert.rejects(late, WriteConflict);
    assert.deepEqual(await fieldsOf(`${place}/a`), { n: 3, map: { '1': 'd' } });
  });

  it('takes an update of what is gone for a conflict', async () => {
    const [version = ''] = await documents.commit([{ create: `${place}/a`, fields: {} }]);
    await documents.commit([{ delete: `${place}/a` }]);
    await assert.rejects(documents.commit([{ update: `${place}/a`, at: version, fields: { n: 1 } }]), WriteConflict);
  });

  it('commits all or nothing', async () => {
    await documents.commit([{ create: `${place}/b`, fields: {} }]);
    const both = documents.commit([
      { create: `${place}/a`, fields: {} },
      { create: `${place}/b`, fields: {} },
    ]);
    await assert.rejects(both, WriteConflict);
    assert.equal(await documents.get(`${place}/a`), null);
  });

  it('merges leaf by leaf, and makes what is not there', async () => {
    await documents.commit([{ merge: `${place}/a`, fields: { map: { '1': 'a', '2': 'b' } } }]);
    await documents.commit([{ merge: `${place}/a`, fields: { map: { '2': 'c', '3': 'd' } } }]);
    assert.deepEqual(await fieldsOf(`${place}/a`), { map: { '1': 'a', '2': 'c', '3': 'd' } });
  });

  it('takes one entry out of a map, whether it is there or not', async () => {
    await documents.commit([{ merge: `${place}/a`, fields: { map: { '1': 'a', '2': 'b' } } }]);
    await documents.commit([{ remove: `${place}/a`, path: ['map', '1'] }]);
    await documents.commit([{ remove: `${place}/a`, path: ['map', '9'] }]);
    assert.deepEqual(await fieldsOf(`${place}/a`), { map: { '2': 'b' } });
  });

  it('gives a new version with every change, and none with a write that changes nothing', async () => {
    const versions = new Set<string>();
    for (const n of [1, 2, 1, 1]) {
      await documents.commit([{ merge: `${place}/a`, fields: { n } }]);
      versions.add(await versionOf(`${place}/a`));
    }
    assert.equal(versions.size, 3);
  });

  describe('queries', () => {
    const ids = async (query: object): Promise<string[]> =>
      (await documents.query({ collection: place, limit: 100, ...query })).map(({ path }) =>
        path.slice(place.length + 1),
      );

    beforeEach(async () => {
      const rows: [string, Fields][] = [
        ['a', { n: 3, on: true }],
        ['b', { n: 1, on: false }],
        ['c', { n: 2, on: true }],
        ['d', { n: 2, on: true }],
        ['e', { on: true, n: null }],
      ];
      await documents.commit(rows.map(([id, fields]) => ({ create: `${place}/${id}`, fields })));
      await documents.commit([{ create: `${place}/a/below/z`, fields: { n: 1 } }]);
    });

    it('go by id from one to another, both included', async () => {
      assert.deepEqual(await ids({ fromId: 'b', toId: 'd' }), ['b', 'c', 'd']);
      assert.deepEqual(await ids({ fromId: 'bb' }), ['c', 'd', 'e']);
      assert.deepEqual(await ids({ fromId: 'b', limit: 2 }), ['b', 'c']);
    });

    it('filter', async () => {
      assert.deepEqual(await ids({ where: [['on', '==', true]] }), ['a', 'c', 'd', 'e']);
      assert.deepEqual(await ids({ where: [['on', '==', 'true']] }), []);
      assert.deepEqual(await ids({ where: [['n', '<=', 2]], orderBy: { field: 'n', descending: false } }), [
        'b',
        'c',
        'd',
      ]);
    });

    it('order by a field, then by id, and go on after a row', async () => {
      const down = { orderBy: { field: 'n', descending: true }, where: [['n', '>', 0]] };
      assert.deepEqual(await ids(down), ['a', 'd', 'c', 'b']);
      assert.deepEqual(await ids({ ...down, after: [2, 'd'] }), ['c', 'b']);
    });

    it('leave fields out where only ids are asked for', async () => {
      const [doc] = await documents.query({ collection: place, limit: 1, idsOnly: true });
      assert.deepEqual(doc?.fields, {});
    });

    it('add up number fields, and only those of the collection itself', async () => {
      await documents.commit([{ merge: `${place}/a`, fields: { m: 5 } }]);
      assert.deepEqual(await documents.sum(place, ['n', 'm', 'nothing']), [8, 5, 0]);
      assert.deepEqual(await documents.sum(`${place}none`, ['n']), [0]);
      assert.equal(await documents.count(place, { fromId: 'a', toId: 'b' }), 2);
      assert.equal(
        await documents.count(place, { fromId: 'b', toId: 'zz' }),
        (await documents.query({ collection: place, fromId: 'b', limit: 10 })).length,
      );
      assert.equal(await documents.count(`${place}none`, { fromId: 'a', toId: 'b' }), 0);
    });
  });
}
