import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LEDGER_CODES, ledgerCodeOf, type LedgerCode } from '../../../functions/src/contract/codes.ts';
import { addCounts, countCodes, isFinal, tally } from '../../../functions/src/core/counts.ts';
import { decodeCodes, decodeEntries, encodeEntries, withCodes } from '../../../functions/src/core/ledger.ts';

const codes = Object.keys(LEDGER_CODES) as LedgerCode[];
const code = fc.constantFrom(...codes);
const entry = fc.record({
  key: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  address: fc.option(fc.uint8Array({ minLength: 8, maxLength: 8 }).filter((bytes) => bytes.some((byte) => byte !== 0))),
  consentAtMs: fc.option(fc.integer({ min: 1, max: 2 ** 47 })),
  nightConsentAtMs: fc.option(fc.integer({ min: 1, max: 2 ** 47 })),
  code,
  attempts: fc.nat({ max: 20 }),
});

describe('ledger', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 50 }), (entries) => {
        const read = decodeEntries(encodeEntries(entries));
        assert.deepEqual(
          read.map((one) => ({ ...one, address: one.address && [...one.address] })),
          entries.map((one) => ({ ...one, address: one.address && [...one.address] })),
        );
      }),
    );
  });

  it('knows the member of those that name one, to the largest number', () => {
    const one = {
      address: null,
      consentAtMs: null,
      nightConsentAtMs: null,
      attempts: 0,
      code: 'accepted.fcm' as const,
    };
    const entries = [
      { ...one, key: 'a', memberNo: Number.MAX_SAFE_INTEGER },
      { ...one, key: 'b' },
      { ...one, key: '7', memberNo: 1 },
    ];
    assert.deepEqual(decodeEntries(encodeEntries(entries)), entries);
    assert.equal(encodeEntries(entries.slice(1, 2)).memberNos.length, 0);
  });

  it('keeps two messages of one recipient apart', () => {
    const one = { key: '7', consentAtMs: null, nightConsentAtMs: null, attempts: 1, code: 'accepted.fcm' as const };
    const entries = [1, 2].map((byte) => ({ ...one, address: new Uint8Array(8).fill(byte) }));
    assert.deepEqual(
      decodeEntries(encodeEntries(entries)).map(({ key }) => key),
      ['7', '7'],
    );
  });

  it('refuses columns that do not belong together, and codes that nobody wrote', () => {
    const columns = encodeEntries([
      { key: '1', address: null, consentAtMs: null, nightConsentAtMs: null, attempts: 1, code: 'accepted.fcm' },
    ]);
    assert.throws(() => decodeEntries({ ...columns, keys: Buffer.from('1\n2') }), RangeError);
    assert.throws(() => decodeEntries({ ...columns, addresses: new Uint8Array(7) }), RangeError);
    assert.throws(() => decodeEntries({ ...columns, consents: new Uint8Array(7) }), RangeError);
    assert.throws(() => decodeEntries({ ...columns, nightConsents: new Uint8Array(7) }), RangeError);
    assert.throws(() => decodeEntries({ ...columns, memberNos: new Uint8Array(7) }), RangeError);
    assert.throws(() => decodeEntries({ ...columns, attempts: new Uint8Array(7) }), RangeError);
    assert.throws(() => decodeEntries({ ...columns, codes: Uint8Array.of(255) }), RangeError);
  });

  it('gives every code one number of one byte', () => {
    const numbers = Object.values(LEDGER_CODES);
    assert.equal(new Set(numbers).size, numbers.length);
    for (const one of codes) {
      assert.ok(LEDGER_CODES[one] >= 0 && LEDGER_CODES[one] <= 255);
      assert.equal(ledgerCodeOf(LEDGER_CODES[one]), one);
    }
  });

  it('changes the codes it is told to and no others', () => {
    const before = encodeEntries(
      codes.map((one) => ({
        key: 'k',
        address: null,
        consentAtMs: null,
        nightConsentAtMs: null,
        attempts: 1,
        code: one,
      })),
    ).codes;
    const after = withCodes(before, new Map([[3, 'unknown.timed-out']]));
    assert.deepEqual(
      decodeCodes(after),
      codes.map((one, index) => (index === 3 ? 'unknown.timed-out' : one)),
    );
    assert.deepEqual(decodeCodes(before), codes);
  });
});

describe('counts', () => {
  it('takes away what it added', () => {
    fc.assert(
      fc.property(fc.array(code), fc.array(code), (a, b) => {
        const [x, y] = [countCodes(a), countCodes(b)];
        assert.deepEqual(addCounts(addCounts(x, y), y, -1), x);
        assert.deepEqual(addCounts(x, y), countCodes([...a, ...b]));
      }),
    );
  });

  it('finds every message either final or open', () => {
    fc.assert(
      fc.property(fc.array(code), (list) => {
        const { final, open, outcomes } = tally(countCodes(list));
        assert.equal(final + open, list.length);
        assert.equal(
          final,
          Object.values(outcomes).reduce((sum, n) => sum + n, 0),
        );
        assert.equal(open, list.filter((one) => !isFinal(one)).length);
      }),
    );
  });

  it('takes claimed, retry and held for open, all else for final', () => {
    assert.deepEqual(
      codes.filter((one) => !isFinal(one)),
      codes.filter((one) => one.startsWith('claimed.') || one.startsWith('retry.') || one.startsWith('held.')),
    );
  });
});
