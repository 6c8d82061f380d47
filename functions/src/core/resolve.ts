import type { LedgerCode } from '../contract/codes.ts';
import type { RecipientKey } from '../contract/ids.ts';
import type { Push } from '../contract/push.ts';
import { addressHash, distinctAddresses } from './address.ts';
import { collapseTag, compose } from './compose.ts';
import { gate, type Kind } from './gate.ts';
import type { Recipient } from './recipient.ts';

/** Under which name a campaign sends, and by which rules. */
export interface Mailing {
  readonly campaignId: string;
  readonly kind: Kind;
}

/** One planned message: with a push it is to be sent, without one its outcome is known already. */
export interface Draft {
  readonly key: RecipientKey;
  /** 8 bytes; null where the outcome has no address. */
  readonly address: Uint8Array | null;
  readonly consentAtMs: number | null;
  readonly push: Push | null;
  readonly code: LedgerCode;
}

/**
 * The messages for one recipient: one for each address, or a single one with the reason why nothing is sent.
 * The law comes before everything else, then who can be reached, then what can be said.
 */
export function resolveRecipient(mailing: Mailing, recipient: Recipient): Draft[] {
  const { key } = recipient;
  const none = (code: LedgerCode, consentAtMs: number | null = null): Draft[] => [
    { key, address: null, consentAtMs, push: null, code },
  ];
  if ('nobody' in recipient) return none(recipient.nobody);
  const { person, message } = recipient;
  const verdict = gate(mailing.kind, person);
  if (!verdict.pass) return none(verdict.code);
  const addresses = distinctAddresses(person.addresses);
  if (addresses.length === 0) return none('suppressed.no-address', verdict.consentAtMs);
  const composed = compose(message, person.vars, collapseTag(mailing.campaignId, key));
  if ('code' in composed) return none(composed.code, verdict.consentAtMs);
  return addresses.map((address) => ({
    key,
    address: addressHash(address),
    consentAtMs: verdict.consentAtMs,
    push: { ...composed.content, address },
    code: 'claimed.sending',
  }));
}

/** What is to be sent again: one message that the ledger holds, named by its place there. */
export interface Pending {
  readonly index: number;
  readonly key: RecipientKey;
  readonly address: Uint8Array | null;
}

/**
 * The messages of one recipient that are due again, looked up anew: consent, texts and addresses as they are now.
 * An address that a member no longer has gives way to one that this campaign has not used; where there is none the
 * member cannot be reached.
 *
 * @param used the hashes (hexadecimal) of all addresses that the campaign's ledger holds for this recipient
 */
export function resolveAgain(
  mailing: Mailing,
  recipient: Recipient,
  pending: readonly Pending[],
  used: ReadonlySet<string>,
): Map<number, Draft> {
  const drafts = resolveRecipient(mailing, recipient);
  const sendable = new Map(
    drafts.flatMap((draft) => (draft.push === null ? [] : [[hex(draft.address), draft] as const])),
  );
  const blocked = drafts.find((draft) => draft.push === null);
  const spare = [...sendable.keys()].filter((hash) => !used.has(hash));
  return new Map(
    pending.map(({ index, key, address }): [number, Draft] => {
      if (blocked !== undefined) return [index, { ...blocked, address }];
      const hash = sendable.has(hex(address)) ? hex(address) : spare.shift();
      const draft = hash === undefined ? undefined : sendable.get(hash);
      return [index, draft ?? { key, address, consentAtMs: null, push: null, code: 'suppressed.no-address' }];
    }),
  );
}

export function hex(address: Uint8Array | null): string {
  return address === null ? '' : Buffer.from(address).toString('hex');
}
