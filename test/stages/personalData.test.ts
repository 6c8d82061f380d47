import assert from 'node:assert/strict';
import { MemoryCloud } from '../memory/cloud.ts';
import { createUpload, line, load, member, put, refusalOf, start, view } from './support.ts';

/** Stands in every text, token, name and variable of the campaign, and in no key. */
const MARK = 'GEHEIM';
const consent = { marketing: { granted: true, at: '2026-01-02T03:04:05Z' } };

const marked = (key: string, fields: Record<string, unknown> = {}): Record<string, unknown> =>
  line(key, {
    token: `${MARK}-token-${key}`,
    title: `${MARK} title`,
    body: `${MARK} {{name|}}`,
    data: { note: `${MARK} data` },
    imageUrl: `https://x.y/${MARK}`,
    vars: { name: `${MARK} name` },
    ...fields,
  });

/** So many invocations die when they have sent their second batch. */
const DEATHS = 3;

/** A campaign in which everything happens that writes a log line: retries, deaths, refusals, lines that are wrong. */
async function eventful(): Promise<MemoryCloud> {
  const cloud = new MemoryCloud({ leaseMs: 6_000 });
  await load(cloud, [
    member(1, { addresses: [{ token: `${MARK}-member` }], consent, vars: { name: `${MARK} name` } }),
    member(2, { addresses: [{ fid: `${MARK}-fid` }], consent }),
  ]);
  let deaths = 0;
  cloud.onInvocation = (life) => {
    life.killAt = (call, nth) => {
      if (call !== 'sender.send' || nth !== 2 || deaths === DEATHS) return null;
      deaths += 1;
      return 'after';
    };
  };
  cloud.fcm.behaviour = (address, seen) => {
    if (address.endsWith('7') && seen === 0) return { result: { kind: 'refused', code: 'UNAVAILABLE' } };
    if (address.endsWith('8')) return { result: { kind: 'refused', code: 'INVALID_ARGUMENT_PAYLOAD' } };
    if (address.endsWith('9') && seen === 0) return { result: { kind: 'ambiguous', reason: 'timed-out' } };
    return { result: { kind: 'accepted' } };
  };
  await createUpload(cloud, { kind: 'transactional', message: {} });
  const lines = Array.from({ length: 2_400 }, (_, index) => marked(`k-${index}`));
  await refusalOf(put(cloud, 1, [...lines, marked('bad', { body: `${MARK} {{` })]));
  await put(cloud, 1, [...lines, marked('twice')]);
  await put(cloud, 2, [marked('twice')]);
  await refusalOf(start(cloud, 2, 2_402));
  await put(
    cloud,
    2,
    [
      { ...marked('m1'), token: undefined, memberNo: 1 },
      { ...marked('m2'), token: undefined, memberNo: 2 },
      { ...marked('m3'), token: undefined, memberNo: 3 },
    ].map(({ token, ...rest }) => (token === undefined ? rest : { token, ...rest })),
  );
  await start(cloud, 2, 2_404);
  return cloud;
}

describe('personal data', () => {
  it('is in no log line, dead letter or message of a campaign, and in no document after it', async () => {
    const cloud = await eventful();
    const during = cloud.documents.all().filter((doc) => includesMark(doc.fields));
    assert.ok(
      during.some(({ path }) => path.includes('/recipients/')),
      'the search finds what is there',
    );
    await cloud.settle();
    const shown = await view(cloud);
    assert.equal(shown.state, 'completed');
    assert.ok(shown.resent > 0 && cloud.logged.length > 3, 'the campaign was not eventful');
    const left = cloud.documents.all().filter((doc) => !doc.path.startsWith('members/'));
    assert.deepEqual(
      left.filter((doc) => includesMark(doc.fields)).map(({ path }) => path),
      [],
    );
    assert.ok(!JSON.stringify([cloud.logged, cloud.letters, shown]).includes(MARK));
  });

  it('is in no refusal', async () => {
    const cloud = new MemoryCloud();
    await createUpload(cloud, { kind: 'marketing' });
    const refused = await refusalOf(
      put(cloud, 1, [
        marked('a'),
        marked('b', { data: { note: MARK.repeat(800) }, consent }),
        marked('c', { body: `${MARK}}}` }),
      ]),
    );
    assert.equal(refused.errors.length, 4);
    assert.ok(!JSON.stringify([refused.message, refused.errors]).includes(MARK));
  });

  it('goes by itself where nobody starts what was uploaded', async () => {
    const cloud = new MemoryCloud();
    await createUpload(cloud);
    await put(cloud, 1, [marked('a')]);
    const held = cloud.documents.all().filter((doc) => includesMark(doc.fields));
    assert.equal(held.length, 1);
    assert.ok(held.every((doc) => doc.fields['expireAt'] instanceof Date));
  });
});

/** Looks into bytes too. */
function includesMark(value: unknown): boolean {
  if (value instanceof Uint8Array) return Buffer.from(value).includes(MARK);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).some((entry) => entry.some(includesMark));
  return typeof value === 'string' && value.includes(MARK);
}
