import { createHash } from 'node:crypto';
import type { Post } from './fcm.ts';

/** One planned message as the world outside the pipeline knows it. */
export interface Message {
  readonly campaignId: string;
  readonly key: string;
  readonly posts: Post[];
  /** Claims that were written for it; each is the right to one POST. */
  claims: number;
  /** Those of them that followed an attempt of which nobody knows whether FCM accepted. */
  ambiguousClaims: number;
  /** Claims that were not used: the campaign's or the law's time was over before its POST could begin. */
  withheld: number;
  /** The law held it once, and its attempts began anew. */
  wasHeld: boolean;
}

export const messageName = (campaignId: string, key: string, address: string): string =>
  `${campaignId} ${key} ${address}`;

/** As the ledger's description has it: the first 8 bytes of the SHA-256 of the address with its kind before it. */
export function addressHash(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 16);
}
