import { LEDGER_CODES, ledgerCodeOf, type LedgerCode } from '../contract/codes.ts';
import type { RecipientKey } from '../contract/ids.ts';
import { ADDRESS_HASH_BYTES } from './address.ts';

/** One planned message as the ledger holds it. */
export interface LedgerEntry {
  readonly key: RecipientKey;
  /** Of an upload's recipient that names one; where the recipients are members the key says it. */
  readonly memberNo?: number;
  readonly address: Uint8Array | null;
  readonly consentAtMs: number | null;
  readonly nightConsentAtMs: number | null;
  readonly code: LedgerCode;
  /** Attempts begun at this message, counted up to 255; 0 where it was never to be sent. */
  readonly attempts: number;
}

/**
 * The entries of a batch, column by column, as bytes: 500 entries take about 12 KB and one field each to write, where
 * 500 maps took 42 KB and a tenth of the writes per second on the emulator.
 */
export interface Columns {
  /** UTF-8, one line per entry; an empty line repeats the key above it. */
  readonly keys: Uint8Array;
  /** 8 bytes per entry, a double; zeros where no member is named. Empty where none is by any entry. */
  readonly memberNos: Uint8Array;
  /** 8 bytes per entry; zeros where there is no address. */
  readonly addresses: Uint8Array;
  /** 6 bytes per entry, big-endian milliseconds; zeros where no consent was relied on. */
  readonly consents: Uint8Array;
  /** The same for consents to the night; empty where no entry relied on one. */
  readonly nightConsents: Uint8Array;
  /** One byte per entry. */
  readonly attempts: Uint8Array;
  /** One byte per entry, see `LEDGER_CODES`. */
  readonly codes: Uint8Array;
}

const CONSENT_BYTES = 6;
const MEMBER_NO_BYTES = 8;

export function encodeEntries(entries: readonly LedgerEntry[]): Columns {
  const addresses = Buffer.alloc(entries.length * ADDRESS_HASH_BYTES);
  const lines = entries.map((entry, index) => {
    if (entry.address !== null) addresses.set(entry.address, index * ADDRESS_HASH_BYTES);
    return entry.key === entries[index - 1]?.key ? '' : entry.key;
  });
  const nightConsents = entries.map((entry) => entry.nightConsentAtMs);
  return {
    keys: Buffer.from(lines.join('\n')),
    memberNos: encodeMemberNos(entries),
    addresses,
    consents: encodeTimes(entries.map((entry) => entry.consentAtMs)),
    nightConsents: nightConsents.some((atMs) => atMs !== null) ? encodeTimes(nightConsents) : new Uint8Array(),
    attempts: Uint8Array.from(entries, (entry) => Math.min(entry.attempts, 255)),
    codes: encodeCodes(entries.map((entry) => entry.code)),
  };
}

function encodeMemberNos(entries: readonly LedgerEntry[]): Uint8Array {
  if (entries.every(({ memberNo }) => memberNo === undefined)) return new Uint8Array();
  const bytes = Buffer.alloc(entries.length * MEMBER_NO_BYTES);
  for (const [index, { memberNo = 0 }] of entries.entries()) bytes.writeDoubleBE(memberNo, index * MEMBER_NO_BYTES);
  return bytes;
}

/** Of `size` entries; `undefined` stands for one that names no member. */
function decodeMemberNos(bytes: Uint8Array, size: number): (number | undefined)[] {
  if (bytes.length === 0) return Array.from({ length: size }, () => undefined);
  const buffer = Buffer.from(bytes);
  return Array.from({ length: size }, (_, index) => buffer.readDoubleBE(index * MEMBER_NO_BYTES) || undefined);
}

function encodeTimes(times: readonly (number | null)[]): Uint8Array {
  const bytes = Buffer.alloc(times.length * CONSENT_BYTES);
  for (const [index, atMs] of times.entries()) bytes.writeUIntBE(atMs ?? 0, index * CONSENT_BYTES, CONSENT_BYTES);
  return bytes;
}

/** Of `size` times; no bytes at all stand for as many nulls. */
function decodeTimes(bytes: Uint8Array, size: number): (number | null)[] {
  if (bytes.length === 0) return Array.from({ length: size }, () => null);
  const buffer = Buffer.from(bytes);
  return Array.from({ length: size }, (_, index) => {
    const atMs = buffer.readUIntBE(index * CONSENT_BYTES, CONSENT_BYTES);
    return atMs === 0 ? null : atMs;
  });
}

export function encodeCodes(codes: readonly LedgerCode[]): Uint8Array {
  return Uint8Array.from(codes, (code) => LEDGER_CODES[code]);
}

/** @throws RangeError where the columns are not of one length, or hold a code that does not exist */
export function decodeEntries(columns: Columns): LedgerEntry[] {
  const size = columns.codes.length;
  const lines = size === 0 ? [] : Buffer.from(columns.keys).toString('utf8').split('\n');
  if (
    lines.length !== size ||
    columns.addresses.length !== size * ADDRESS_HASH_BYTES ||
    columns.attempts.length !== size ||
    columns.consents.length !== size * CONSENT_BYTES ||
    ![0, size * CONSENT_BYTES].includes(columns.nightConsents.length) ||
    ![0, size * MEMBER_NO_BYTES].includes(columns.memberNos.length)
  ) {
    throw new RangeError(`the ledger's columns differ in length: ${size} codes, ${lines.length} keys`);
  }
  const consents = decodeTimes(columns.consents, size);
  const nightConsents = decodeTimes(columns.nightConsents, size);
  const memberNos = decodeMemberNos(columns.memberNos, size);
  let key = '';
  return lines.map((line, index) => {
    if (line !== '') key = line;
    const address = columns.addresses.subarray(index * ADDRESS_HASH_BYTES, (index + 1) * ADDRESS_HASH_BYTES);
    const memberNo = memberNos[index];
    return {
      key,
      ...(memberNo === undefined ? {} : { memberNo }),
      address: address.every((byte) => byte === 0) ? null : address,
      consentAtMs: consents[index] ?? null,
      nightConsentAtMs: nightConsents[index] ?? null,
      code: ledgerCodeOf(columns.codes[index] as number),
      attempts: columns.attempts[index] ?? 0,
    };
  });
}

/** The codes with those at the given places changed. */
export function withCodes(codes: Uint8Array, changes: ReadonlyMap<number, LedgerCode>): Uint8Array {
  const changed = Uint8Array.from(codes);
  for (const [index, code] of changes) changed[index] = LEDGER_CODES[code];
  return changed;
}

export function decodeCodes(codes: Uint8Array): LedgerCode[] {
  return Array.from(codes, ledgerCodeOf);
}
