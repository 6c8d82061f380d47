import type { LedgerCode } from '../contract/codes.ts';
import type { RecipientKey } from '../contract/ids.ts';
import type { Push } from '../contract/push.ts';
import { addressHash, distinctAddresses, toAddress } from './address.ts';
import { collapseTag, compose } from './compose.ts';
import { admit } from './admit.ts';
import { NO_EVIDENCE, type Evidence, type Law } from './gate.ts';
import { heldOf, usable } from './quarantine.ts';
import type { Recipient } from './recipient.ts';
import type { Timing } from './schedule.ts';

/** Under which name a campaign sends, by which rules, and when. */
export interface Mailing {
  readonly campaignId: string;
  readonly law: Law;
  readonly timing: Pick<Timing, 'localMs' | 'untilMs'>;
}

/** One planned message: with a push it is to be sent, without one its outcome is known already. */
export interface Draft extends Evidence {
  readonly key: RecipientKey;
  /** Of an upload's recipient that names one. */
  readonly memberNo?: number;
  /** 8 bytes; null where the outcome has no address. */
  readonly address: Uint8Array | null;
  readonly push: Push | null;
  /** Of one that is to be sent: the member's; the country's where absent. */
  readonly timeZone?: string;
  readonly code: LedgerCode;
  /** Of one that is held: when to look again. */
  readonly heldUntilMs?: number;
  /** Of one that is to be sent: from then on it must not be posted before law and schedule were asked again. */
  readonly lawfulUntilMs?: number;
}

/**
 * The messages for one recipient: one for each address, or a single one with the reason why nothing is sent.
 * The law comes before everything else, then who can be reached, then what can be said.
 */
export function resolveRecipient(mailing: Mailing, recipient: Recipient, nowMs: number): Draft[] {
  const who = whoOf(recipient);
  if ('nobody' in recipient) return [{ ...who, address: null, ...NO_EVIDENCE, push: null, code: recipient.nobody }];
  const { person, message } = recipient;
  const verdict = admit(mailing, person, nowMs);
  const evidence = verdict.kind === 'pass' ? verdict.evidence : NO_EVIDENCE;
  const none = (code: LedgerCode): Draft[] => [{ ...who, address: null, ...evidence, push: null, code }];
  if (verdict.kind === 'none' && verdict.code !== 'expired.until') return none(verdict.code);
  if (person.addresses.length === 0) return none('suppressed.no-address');
  const addresses = distinctAddresses(usable(person.addresses, person.held ?? []));
  if (addresses.length === 0) return none('suppressed.quarantined');
  const composed = compose(message, person.vars, collapseTag(mailing.campaignId, who.key));
  if ('code' in composed) return none(composed.code);
  return addresses.map((address): Draft => {
    const draft = { ...who, address: addressHash(address), ...evidence };
    if (verdict.kind === 'none') return { ...draft, push: null, code: verdict.code };
    if (verdict.kind === 'hold') return { ...draft, push: null, code: verdict.code, heldUntilMs: verdict.untilMs };
    const push = { ...composed.content, address };
    const zone = person.timeZone === undefined ? {} : { timeZone: person.timeZone };
    return { ...draft, ...zone, push, code: 'claimed.sending', lawfulUntilMs: verdict.untilMs };
  });
}

function whoOf({ key, memberNo }: Recipient): Pick<Draft, 'key' | 'memberNo'> {
  return memberNo === undefined ? { key } : { key, memberNo };
}

/** Until when all of these may be posted, in milliseconds since 1970. */
export function lawfulUntilMs(drafts: Iterable<Draft>): number {
  let untilMs = Infinity;
  for (const draft of drafts) {
    if (draft.push !== null) untilMs = Math.min(untilMs, draft.lawfulUntilMs ?? Infinity);
  }
  return untilMs;
}

/** The drafts with those held back for which the law has to be asked again before anything is posted. */
export function holdLapsed(drafts: readonly Draft[], nowMs: number): readonly Draft[] {
  const lapsed = ({ push, lawfulUntilMs = Infinity }: Draft): boolean => push !== null && lawfulUntilMs <= nowMs;
  if (!drafts.some(lapsed)) return drafts;
  return drafts.map((draft) =>
    lapsed(draft) ? { ...draft, ...NO_EVIDENCE, push: null, code: 'held.night', heldUntilMs: nowMs } : draft,
  );
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
  nowMs: number,
): Map<number, Draft> {
  const drafts = resolveRecipient(mailing, recipient, nowMs);
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
      const none = { ...whoOf({ ...recipient, key }), address, ...NO_EVIDENCE, push: null };
      const code = isHeld(recipient, address) ? 'suppressed.quarantined' : 'suppressed.no-address';
      return [index, draft ?? { ...none, code }];
    }),
  );
}

/** Has the address been put aside since? */
function isHeld(recipient: Recipient, address: Uint8Array | null): boolean {
  if ('nobody' in recipient || address === null) return false;
  const { addresses, held = [] } = recipient.person;
  const still = addresses.filter((one) => heldOf(one, held) !== undefined);
  return still.some((one) => hex(addressHash(toAddress(one))) === hex(address));
}

export function hex(address: Uint8Array | null): string {
  return address === null ? '' : Buffer.from(address).toString('hex');
}
