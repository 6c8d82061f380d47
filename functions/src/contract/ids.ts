import { z } from 'zod';

/** A campaign's name, chosen by the caller; also its Firestore document id. */
export const campaignIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -')
  // Firestore keeps these ids for itself (https://firebase.google.com/docs/firestore/quotas).
  .refine((id) => !/^__.*__$/.test(id), 'must not begin and end with __');

/** A member's number in the main server's database: 1 to 2^53 - 1, so that JSON carries it without loss. */
export const memberNoSchema = z
  .number()
  .int('must be a whole number')
  .min(1, 'must be 1 or more')
  .max(Number.MAX_SAFE_INTEGER, 'must be at most 9007199254740991 (2^53 - 1)');

/** Names one recipient within one campaign: a member number in decimal, or an upload's own key. */
export type RecipientKey = string;

export const recipientKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -');

/** A ledger document's id: range index, then the batch's place in that range's log. */
export const batchIdSchema = z.string().regex(/^\d{8}-\d{5}$/);
