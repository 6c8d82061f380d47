import { LEDGER_CODES, ledgerCodeOf, type Counts, type InvalidCode, type LedgerCode } from '../contract/codes.ts';
import type { MemberAddress } from '../contract/member.ts';
import { ADDRESS_HASH_BYTES, addressHash, toAddress } from './address.ts';

/** An address that is not used, because FCM said that it is none, or none of ours. */
export interface Held {
  /** Its hash, as the ledger has it. */
  readonly address: Uint8Array;
  readonly code: InvalidCode;
  /** The campaign that met it began then: an address that the app registered later is used. */
  readonly sinceMs: number;
  /** When it was put aside. */
  readonly heldAtMs: number;
  /** FCM was asked again since, and said the same. */
  readonly asked: boolean;
}

/** What a page of the directory holds back, by member number. */
export type Quarantine = ReadonlyMap<number, readonly Held[]>;

/** What a campaign found out about one address. */
export type Finding = Pick<Held, 'address' | 'code'> & { readonly memberNo: number };

/** Place within the page, hash, code, two times, asked: 2 + 8 + 1 + 6 + 6 + 1. */
const ENTRY_BYTES = 24;
/**
 * Entries of a page: with them, and with what `core/frequency.ts` keeps, a page of 500 members of 2,000 bytes stays
 * within Firestore's 1 MiB. An address for which there is no room is simply used again.
 */
export const HELD_MAX = 800;
/** FCM is asked again this soon whether it meant it: its outages last for minutes or hours. */
const FIRST_LOOK_MS = 86_400_000;

/** @param firstNo the number of the page's first place */
export function encodeQuarantine(quarantine: Quarantine, firstNo: number): Uint8Array {
  const entries = [...quarantine].flatMap(([memberNo, held]) => held.map((one) => ({ ...one, memberNo })));
  const bytes = Buffer.alloc(entries.length * ENTRY_BYTES);
  for (const [index, { memberNo, address, code, sinceMs, heldAtMs, asked }] of entries.entries()) {
    const at = index * ENTRY_BYTES;
    bytes.writeUInt16BE(memberNo - firstNo, at);
    bytes.set(address, at + 2);
    bytes.writeUInt8(LEDGER_CODES[code], at + 10);
    bytes.writeUIntBE(sinceMs, at + 11, 6);
    bytes.writeUIntBE(heldAtMs, at + 17, 6);
    bytes.writeUInt8(asked ? 1 : 0, at + 23);
  }
  return bytes;
}

/** @throws RangeError where the bytes are none as `encodeQuarantine` writes them */
export function decodeQuarantine(bytes: Uint8Array, firstNo: number): Quarantine {
  if (bytes.length % ENTRY_BYTES !== 0) throw new RangeError(`a quarantine of ${bytes.length} bytes`);
  const buffer = Buffer.from(bytes);
  const quarantine = new Map<number, Held[]>();
  for (let at = 0; at < buffer.length; at += ENTRY_BYTES) {
    const memberNo = firstNo + buffer.readUInt16BE(at);
    const held: Held = {
      address: Uint8Array.from(buffer.subarray(at + 2, at + 2 + ADDRESS_HASH_BYTES)),
      code: ledgerCodeOf(buffer.readUInt8(at + 10)) as InvalidCode,
      sinceMs: buffer.readUIntBE(at + 11, 6),
      heldAtMs: buffer.readUIntBE(at + 17, 6),
      asked: buffer.readUInt8(at + 23) === 1,
    };
    quarantine.set(memberNo, [...(quarantine.get(memberNo) ?? []), held]);
  }
  return quarantine;
}

export function isDead(code: LedgerCode): code is InvalidCode {
  return code.startsWith('invalid.');
}

export function hasDead(counts: Counts): boolean {
  return (Object.keys(counts) as LedgerCode[]).some(isDead);
}

/** Fewer verdicts say nothing of a share. */
const VERDICTS_MIN = 100;

/**
 * Did FCM call so many addresses dead that it can hardly have meant it? Its false UNREGISTERED outages hit many
 * addresses at once.
 */
export function isImplausible(counts: Counts, share: number): boolean {
  const codes = Object.entries(counts) as [LedgerCode, number][];
  const dead = codes.reduce((sum, [code, n]) => sum + (isDead(code) ? n : 0), 0);
  const verdicts = dead + (counts['accepted.fcm'] ?? 0);
  return verdicts >= VERDICTS_MIN && dead > share * verdicts;
}

/** What holds an address back; nothing where the app registered it after FCM's word. */
export function heldOf(address: MemberAddress, held: readonly Held[]): Held | undefined {
  if (held.length === 0) return undefined;
  const hash = addressHash(toAddress(address));
  return held.find((one) => isEqual(one.address, hash) && !registeredAfter(address, one.sinceMs));
}

/** The addresses that may be used. */
export function usable(addresses: readonly MemberAddress[], held: readonly Held[]): readonly MemberAddress[] {
  return held.length === 0 ? addresses : addresses.filter((address) => heldOf(address, held) === undefined);
}

/** What of it still holds one of the member's addresses back. */
function stillHeld(held: readonly Held[], addresses: readonly MemberAddress[]): Held[] {
  return held.filter((one) => addresses.some((address) => heldOf(address, [one]) !== undefined));
}

/** The quarantine without what it holds in vain. */
export function tidy(quarantine: Quarantine, addressesOf: (memberNo: number) => readonly MemberAddress[]): Quarantine {
  const kept = [...quarantine].map(([no, held]) => [no, stillHeld(held, addressesOf(no))] as const);
  return new Map(kept.filter(([, held]) => held.length > 0));
}

/**
 * What is left of a member's quarantine when its addresses are given anew, one by one: one that comes without a time
 * was registered now.
 */
export function afterRegistration(held: readonly Held[], given: readonly MemberAddress[]): Held[] {
  return stillHeld(
    held,
    given.filter(({ registeredAt }) => registeredAt !== undefined),
  );
}

/**
 * The quarantine with a campaign's findings. An address that the member no longer has, or that was registered after
 * the campaign began, is left alone; one that is held already stays held since then.
 *
 * @param addressesOf the member's addresses as they are now
 * @returns also how many findings there was no room for
 */
export function withFindings(
  quarantine: Quarantine,
  findings: readonly Finding[],
  times: Pick<Held, 'sinceMs' | 'heldAtMs'>,
  addressesOf: (memberNo: number) => readonly MemberAddress[],
): { readonly quarantine: Quarantine; readonly leftOut: number } {
  const after = new Map(tidy(quarantine, addressesOf));
  let room = HELD_MAX - [...after.values()].flat().length;
  let leftOut = 0;
  for (const { memberNo, address, code } of findings) {
    const held = after.get(memberNo) ?? [];
    const known = held.some((one) => isEqual(one.address, address));
    const found: Held = { address, code, ...times, asked: false };
    if (known || stillHeld([found], addressesOf(memberNo)).length === 0) continue;
    if (room > 0) after.set(memberNo, [...held, found]);
    else leftOut += 1;
    room -= 1;
  }
  return { quarantine: after, leftOut };
}

/** When FCM is to be asked about an address again: after a day, and then when the grace time is over. */
export function askAtMs({ heldAtMs, asked }: Held, graceMs: number): number {
  return heldAtMs + (asked ? graceMs : Math.min(FIRST_LOOK_MS, graceMs));
}

/** When somebody has to look at the page again; null where it holds nothing back. */
export function nextLookMs(quarantine: Quarantine, graceMs: number): number | null {
  const times = [...quarantine.values()].flat().map((held) => askAtMs(held, graceMs));
  return times.length === 0 ? null : times.reduce((first, atMs) => Math.min(first, atMs));
}

function registeredAfter({ registeredAt }: MemberAddress, atMs: number): boolean {
  return registeredAt !== undefined && Date.parse(registeredAt) > atMs;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
