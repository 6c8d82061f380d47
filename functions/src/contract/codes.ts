/** The final words on a message. Every planned message gets exactly one. */
export const OUTCOMES = ['accepted', 'invalid', 'failed', 'suppressed', 'expired', 'cancelled', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * What one byte of a ledger document says about one message, as `<outcome or intermediate state>.<reason>`.
 *
 * The numbers are stored: a number is never given a second meaning, a new code takes a new number.
 * Intermediate: `claimed` (being sent, or its sender died), `retry` (goes out again when due; `withheld`: it was claimed
 * when the campaign was paused, halted or cancelled, and was not posted; `redriven`: it had failed, and its campaign was
 * asked to try again), `held` (goes out when the law allows it, or when it
 * is time where the recipient is).
 */
export const LEDGER_CODES = {
  'claimed.sending': 0,
  'accepted.fcm': 10,
  'invalid.unregistered': 20,
  'invalid.malformed': 21,
  'invalid.sender-mismatch': 22,
  'failed.payload': 30,
  'failed.payload-too-large': 31,
  'failed.third-party-auth': 32,
  'failed.credentials': 33,
  'failed.quota': 34,
  'failed.internal': 35,
  'failed.unavailable': 36,
  'failed.network': 37,
  'failed.unexpected': 38,
  'failed.unreadable': 39,
  'suppressed.no-address': 50,
  'suppressed.no-consent': 51,
  'suppressed.refused': 52,
  'suppressed.missing-variable': 53,
  'suppressed.member-removed': 54,
  'suppressed.night': 55,
  'suppressed.quarantined': 56,
  'suppressed.frequency-cap': 57,
  'suppressed.not-in-audience': 58,
  'expired.until': 60,
  'cancelled.operator': 70,
  'unknown.timed-out': 80,
  'unknown.connection-lost': 81,
  'unknown.sender-died': 82,
  'retry.quota': 100,
  'retry.internal': 101,
  'retry.unavailable': 102,
  'retry.network': 103,
  'retry.credentials': 104,
  'retry.unexpected': 105,
  'retry.withheld': 106,
  'retry.redriven': 107,
  'retry.timed-out': 110,
  'retry.connection-lost': 111,
  'retry.sender-died': 112,
  'held.night': 120,
  'held.local-time': 121,
} as const;
export type LedgerCode = keyof typeof LEDGER_CODES;
export type RetryCode = Extract<LedgerCode, `retry.${string}`>;
/** Neither final nor on its way: it waits to be sent. */
export type WaitingCode = Extract<LedgerCode, `retry.${string}` | `held.${string}`>;
/** FCM's word that an address is none, or none of ours. */
export type InvalidCode = Extract<LedgerCode, `invalid.${string}`>;
export type FinalCode = Extract<LedgerCode, `${Outcome}.${string}`>;

const CODE_BY_NUMBER = new Map<number, LedgerCode>(
  Object.entries(LEDGER_CODES).map(([code, number]) => [number, code as LedgerCode]),
);

/** @throws RangeError for a number that no code has: the document was written by something else. */
export function ledgerCodeOf(number: number): LedgerCode {
  const code = CODE_BY_NUMBER.get(number);
  if (code === undefined) throw new RangeError(`no ledger code has the number ${number}`);
  return code;
}

/** Messages by ledger code; a code that no message has is absent. */
export type Counts = Readonly<Partial<Record<LedgerCode, number>>>;

export const CAMPAIGN_STATES = [
  'draft',
  'scheduled',
  'running',
  'paused',
  'halted',
  'completed',
  'cancelled',
  'expired',
] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** How a campaign that was not sent to its end ends, once every message has its outcome. */
export const ENDINGS = ['cancelled', 'expired'] as const;
export type Ending = (typeof ENDINGS)[number];

/** What an operator may do to a campaign; also the last part of the call's path. */
export type ControlCall = 'pause' | 'resume' | 'cancel' | 'redrive';

export const SCOPES = ['campaigns:write', 'campaigns:read', 'members:write', 'members:read', 'ops'] as const;
export type Scope = (typeof SCOPES)[number];
