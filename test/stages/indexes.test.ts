import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Query } from '../../functions/src/ports.ts';
import { listCampaigns, showRecipient } from '../../functions/src/stages/report.ts';
import { recheck } from '../../functions/src/stages/recheck.ts';
import { sweep } from '../../functions/src/stages/sweep.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, lines, load, member, members, put, start, view } from './support.ts';

interface Indexes {
  readonly indexes: readonly {
    readonly collectionGroup: string;
    readonly fields: readonly { readonly fieldPath: string; readonly order: string }[];
  }[];
  readonly fieldOverrides: readonly {
    readonly collectionGroup: string;
    readonly fieldPath: string;
    readonly ttl?: boolean;
    readonly indexes: readonly unknown[];
  }[];
}

const FILE = join(import.meta.dirname, '..', '..', 'firestore.indexes.json');

/** Every query and sum that the pipeline asks in the life of both kinds of campaign. */
async function asked(): Promise<{
  queries: Query[];
  sums: [collection: string, field: string][];
  stored: Map<string, Set<string>>;
}> {
  const queries: Query[] = [];
  const sums: [string, string][] = [];
  const stored = new Map<string, Set<string>>();
  for (const upload of [false, true]) {
    const cloud = new MemoryCloud();
    const { documents } = cloud;
    const [query, sum] = [documents.query.bind(documents), documents.sum.bind(documents)];
    documents.query = (one) => (queries.push(one), query(one));
    documents.sum = (collection, fields) => {
      sums.push(...fields.map((field): [string, string] => [collection, field]));
      return sum(collection, fields);
    };
    const consent = { marketing: { granted: true, at: '2026-01-01T00:00:00Z' } };
    await load(cloud, [...members(600), member(601, { consent })]);
    if (upload) {
      await createUpload(cloud);
      await put(cloud, 1, [line('a'), line('b')]);
      await start(cloud, 1, 2);
    } else {
      await create(cloud, 600);
      await create(cloud, 601, { id: 'd', kind: 'marketing', policy: { cap: { perDay: 1 } } });
    }
    const look = (): void => {
      for (const { path, fields } of documents.all())
        addAll(stored, groupOf(path.slice(0, path.lastIndexOf('/'))), Object.keys(fields));
    };
    cloud.fcm.behaviour = (address) =>
      address === 'token-7' ? { result: { kind: 'refused', code: 'UNREGISTERED' } } : { result: { kind: 'accepted' } };
    await cloud.until(() => cloud.fcm.posts.length > 0);
    look();
    await cloud.settle();
    look();
    await view(cloud);
    await lines(cloud);
    await listCampaigns(cloud.world, {});
    await listCampaigns(cloud.world, { state: 'completed', cursor: Buffer.from('5 x').toString('base64url') });
    await showRecipient(cloud.world, 'c', upload ? 'a' : '5');
    await sweep(cloud.world);
    await recheck(cloud.world);
  }
  return { queries, sums, stored };
}

function addAll(stored: Map<string, Set<string>>, group: string, fields: readonly string[]): void {
  const known = stored.get(group) ?? new Set();
  for (const field of fields) known.add(field);
  stored.set(group, known);
}

const groupOf = (collection: string): string => collection.slice(collection.lastIndexOf('/') + 1);

/** The fields that a query needs an index of its own for; none where Firestore's index of one field answers it. */
function compositeOf({ where = [], orderBy }: Query): string | null {
  const fields = new Map(where.map(([field]) => [field, 'ASCENDING']));
  if (orderBy !== undefined) fields.set(orderBy.field, orderBy.descending ? 'DESCENDING' : 'ASCENDING');
  return fields.size < 2 ? null : [...fields].map((pair) => pair.join(' ')).join(', ');
}

describe('firestore.indexes.json', () => {
  const { indexes, fieldOverrides } = JSON.parse(readFileSync(FILE, 'utf8')) as Indexes;
  const exempt = (group: string, field: string): boolean =>
    fieldOverrides.some((one) => one.collectionGroup === group && one.fieldPath === field && one.indexes.length === 0);
  let seen: Awaited<ReturnType<typeof asked>>;

  before(async () => {
    seen = await asked();
  });

  it('has an index for each query that needs one, and no other', () => {
    const needed = new Set(
      seen.queries.flatMap((query) => {
        const fields = compositeOf(query);
        return fields === null ? [] : [`${groupOf(query.collection)}: ${fields}`];
      }),
    );
    const there = indexes.map(
      ({ collectionGroup, fields }) =>
        `${collectionGroup}: ${fields.map(({ fieldPath, order }) => `${fieldPath} ${order}`).join(', ')}`,
    );
    assert.deepEqual([...needed].toSorted(), there.toSorted());
  });

  it('exempts no field that is asked for', () => {
    const fields = seen.queries.flatMap((query) =>
      [
        ...(query.where ?? []).map(([field]) => field),
        ...(query.orderBy === undefined ? [] : [query.orderBy.field]),
      ].map((field): [string, string] => [groupOf(query.collection), field]),
    );
    for (const [group, field] of [
      ...fields,
      ...seen.sums.map(([collection, field]): [string, string] => [groupOf(collection), field]),
    ]) {
      assert.equal(exempt(group, field), false, `${group}.${field}`);
    }
  });

  it('names only fields that are stored, and lets everything with expireAt expire', () => {
    for (const { collectionGroup, fieldPath } of fieldOverrides) {
      if (collectionGroup === 'nonces') continue;
      assert.ok(seen.stored.get(collectionGroup)?.has(fieldPath), `${collectionGroup}.${fieldPath} is not stored`);
    }
    const expiring = [...seen.stored].filter(([, fields]) => fields.has('expireAt')).map(([group]) => group);
    const ttl = fieldOverrides.filter((one) => one.ttl === true).map((one) => one.collectionGroup);
    assert.deepEqual([...expiring, 'nonces'].toSorted(), ttl.toSorted());
  });
});
