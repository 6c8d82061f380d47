import { hash } from 'node:crypto';
import type { MemberAddress } from '../contract/member.ts';
import type { Address } from '../contract/push.ts';

/** Bytes of an address's hash in the ledger: 2^64 values tell a member's at most 10 addresses apart for good. */
export const ADDRESS_HASH_BYTES = 8;

/** What the ledger keeps of an address: enough to know it again, too little to send to. */
export function addressHash(address: Address): Uint8Array {
  const text = 'token' in address ? `token:${address.token}` : `fid:${address.fid}`;
  return Buffer.from(hash('sha256', text, 'hex').slice(0, 2 * ADDRESS_HASH_BYTES), 'hex');
}

export function toAddress(address: MemberAddress): Address {
  return address.token === undefined ? { fid: address.fid as string } : { token: address.token };
}

/** The member's addresses, each once. */
export function distinctAddresses(addresses: readonly MemberAddress[]): Address[] {
  if (addresses.length === 1) return addresses.map(toAddress);
  const seen = new Map<string, Address>();
  for (const address of addresses.map(toAddress)) seen.set(JSON.stringify(address), address);
  return [...seen.values()];
}
