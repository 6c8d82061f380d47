import type { LedgerCode } from '../contract/codes.ts';
import type { RecipientKey } from '../contract/ids.ts';
import type { Member } from '../contract/member.ts';
import type { UploadedRecipient } from '../contract/recipient.ts';
import { personalise, type CompiledMessage } from './compose.ts';
import type { Held } from './quarantine.ts';

/** What sending asks of a person, whether the directory knows it or the upload says it. */
export type Person = Pick<Member, 'addresses' | 'consent' | 'timeZone' | 'vars'> & {
  /** Addresses that the directory holds back. */
  readonly held?: readonly Held[];
};

/** One recipient of a campaign as a source gives it: somebody who is told something, or nobody and why. */
export type Recipient = {
  readonly key: RecipientKey;
  /** Of an upload's recipient that names one. */
  readonly memberNo?: number;
} & (
  | { readonly person: Person; readonly message: CompiledMessage }
  | {
      readonly nobody: Extract<
        LedgerCode,
        'failed.unreadable' | 'suppressed.member-removed' | 'suppressed.not-in-audience'
      >;
    }
);

/**
 * An uploaded recipient with its own texts.
 * @param member what the directory holds under its number; null where it holds nothing, or the address is inline
 * @throws TemplateError where one of its texts holds braces that are no placeholder
 */
export function uploadedRecipient(
  common: CompiledMessage,
  uploaded: UploadedRecipient,
  member: Person | null,
): Recipient {
  const { key, memberNo, vars = {} } = uploaded;
  const who = memberNo === undefined ? { key } : { key, memberNo };
  const known = memberNo === undefined ? inlinePerson(uploaded) : member;
  if (known === null) return { ...who, nobody: 'suppressed.member-removed' };
  const person = { ...known, vars: { ...known.vars, ...vars } };
  return { ...who, person, message: personalise(common, uploaded) };
}

function inlinePerson({ token, fid, consent = {} }: UploadedRecipient): Person {
  return { addresses: [{ token, fid }], consent, vars: {} };
}

/** A recipient as a page holds it. */
export function encodeUploaded(uploaded: UploadedRecipient): string {
  return JSON.stringify(uploaded);
}

/** @throws SyntaxError or TypeError where it is no recipient as `encodeUploaded` writes one */
export function decodeUploaded(stored: string): UploadedRecipient {
  const value = JSON.parse(stored) as UploadedRecipient;
  if (typeof value !== 'object' || value === null || typeof value.key !== 'string') {
    throw new TypeError('a stored recipient lacks its key');
  }
  return value;
}
