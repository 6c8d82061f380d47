import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson } from '../../../functions/src/core/canonical.ts';
import { checkMessage } from '../../../functions/src/core/check.ts';
import { BATCH_MAX_PUSHES, Packer } from '../../../functions/src/core/pack.ts';
import { memberSchema } from '../../../functions/src/contract/member.ts';
import {
  decodeMember,
  encodeMember,
  membersWithin,
  pageId,
  pageOf,
  pageOfId,
} from '../../../functions/src/core/page.ts';
import { payloadBytes } from '../../../functions/src/core/payload.ts';
import type { Draft } from '../../../functions/src/core/resolve.ts';
import { taskName } from '../../../functions/src/core/taskName.ts';

const push = { address: { token: 't' }, title: '', body: '', data: {}, tag: '', android: {}, apns: {}, webpush: {} };
const drafts = (key: string, sends: number, rests: number, later: number): Draft[] => [
  ...Array.from({ length: sends }, (): Draft => ({
    key,
    address: null,
    consentAtMs: null,
    nightConsentAtMs: null,
    push,
    code: 'claimed.sending',
  })),
  ...Array.from({ length: rests }, (): Draft => ({
    key,
    address: null,
    consentAtMs: null,
    nightConsentAtMs: null,
    push: null,
    code: 'suppressed.no-consent',
  })),
  ...Array.from({ length: later }, (_, nth): Draft => ({
    key,
    address: null,
    consentAtMs: null,
    nightConsentAtMs: null,
    push: null,
    code: (['held.night', 'held.local-time', 'failed.unreadable'] as const)[nth % 3] ?? 'held.night',
  })),
];

describe('Packer', () => {
  it('keeps every draft in order, members whole, and batches within what sendEach takes', () => {
    const member = fc.tuple(
      fc.integer({ min: 0, max: 10 }),
      fc.integer({ min: 0, max: 1 }),
      fc.integer({ min: 0, max: 10 }),
    );
    fc.assert(
      fc.property(fc.array(member, { maxLength: 3_000, size: 'max' }), (list) => {
        const packer = new Packer();
        const all = list.map(([sends, rests, later], index) => drafts(String(index), sends, rests, later));
        const packs = [...all.map((one, position) => packer.add(position, one, position)), packer.flush()].filter(
          (pack) => pack !== null,
        );
        for (const { from, to, drafts: held } of packs) {
          assert.ok(from <= Number(held[0]?.key) && Number(held.at(-1)?.key) <= to);
        }
        const batches = packs.map((pack) => pack.drafts);
        assert.deepEqual(
          batches.flat().map(({ key }) => key),
          all.flat().map(({ key }) => key),
        );
        for (const batch of batches) {
          assert.ok(batch.length > 0 && batch.length <= 1_000);
          // What is held, and what a redrive takes up, goes out by batches too.
          const sent = batch.filter((one) => one.code !== 'suppressed.no-consent');
          assert.ok(sent.length <= BATCH_MAX_PUSHES);
        }
        batches.slice(1).forEach((batch, index) => assert.notEqual(batch[0]?.key, batches[index]?.at(-1)?.key));
      }),
      { numRuns: 30 },
    );
  });
});

describe('page', () => {
  it('sorts ids as numbers, up to the largest member number', () => {
    const no = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(no, no, (a, b) => {
        assert.equal(pageId(pageOf(a)) < pageId(pageOf(b)), pageOf(a) < pageOf(b));
        assert.equal(pageOfId(pageId(pageOf(a))), pageOf(a));
      }),
    );
  });

  it('reads back a member, and nothing from what is none', () => {
    const member = memberSchema.parse({
      memberNo: 3,
      addresses: [{ fid: 'f' }],
      vars: { name: '가' },
      timeZone: 'Asia/Seoul',
    });
    assert.deepEqual(decodeMember(3, encodeMember(member)), member);
    for (const stored of ['', 'null', '[]', '{}', '{"addresses":{},"consent":{},"vars":{},"tags":[]}']) {
      assert.throws(() => decodeMember(3, stored));
      assert.deepEqual([...membersWithin({ '3': stored }, 1, 5)], [{ memberNo: 3, member: null }]);
    }
  });

  it('gives the members of a range in the order of their numbers', () => {
    const text = encodeMember(memberSchema.parse({ memberNo: 1 }));
    const found = membersWithin({ '10': text, '9': text, '100': text, '1': text }, 9, 100);
    assert.deepEqual(
      [...found].map(({ memberNo }) => memberNo),
      [9, 10, 100],
    );
  });
});

describe('checkMessage', () => {
  it('names the text that cannot be sent', () => {
    assert.deepEqual(
      checkMessage({ title: 'a', body: 'b', data: { 'a/b': '{{' } }).map(({ field }) => field),
      ['/message/data/a~1b'],
    );
    assert.deepEqual(
      checkMessage({ title: '{{x', body: 'y}}' }).map(({ field }) => field),
      ['/message/title', '/message/body'],
    );
  });

  it('takes a payload of 4,096 bytes and refuses one of 4,097', () => {
    const fixed = payloadBytes({ title: 'T', body: 'B', data: { d: '' }, android: {}, apns: {}, webpush: {} });
    assert.deepEqual(checkMessage({ title: 'T', body: 'B', data: { d: 'x'.repeat(4_096 - fixed) } }), []);
    const [error] = checkMessage({ title: 'T', body: 'B', data: { d: 'x'.repeat(4_097 - fixed) } });
    assert.equal(error?.field, '/message');
    assert.match(error?.message ?? '', /4097 bytes.*4096/);
  });

  it('counts bytes, not characters, and leaves out what variables will fill', () => {
    assert.equal(checkMessage({ title: 'T', body: '가'.repeat(1_400) }).length, 1);
    assert.equal(checkMessage({ title: 'T', body: '{{a|xxxxxxxxxx}}'.repeat(100) }).length, 0);
  });
});

describe('canonicalJson', () => {
  it('is the same for the same value, however its keys are ordered', () => {
    assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: null }), canonicalJson({ a: null, b: [{ c: 2, d: 1 }] }));
    assert.notEqual(canonicalJson({ a: [1, 2] }), canonicalJson({ a: [2, 1] }));
  });
});

describe('taskName', () => {
  it('is what Cloud Tasks takes for a name, and tells parts apart', () => {
    assert.match(taskName('retry', 'c', 1), /^[A-Za-z0-9_-]{43}$/);
    assert.notEqual(taskName('a', 'b'), taskName('ab'));
    assert.notEqual(taskName('a', 1), taskName('a', '1'));
  });
});
