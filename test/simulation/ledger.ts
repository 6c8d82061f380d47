/**
 * The ledger as its format is described, read by code of its own: a fault in the pipeline's codec must not hide itself.
 */

export interface Entry {
  readonly key: string;
  /** Hexadecimal; empty where the message has no address. */
  readonly address: string;
  readonly consentAtMs: number;
  /** The stored number. */
  readonly code: number;
}

export const CLAIMED = 0;
export const EXPIRED = 60;
export const CANCELLED = 70;
export const WITHHELD = 106;
export const REDRIVEN = 107;
export const AT_NIGHT = 55;
export const SENDER_DIED = 112;

/** What each number stands for. */
export const CODE_NAMES: Readonly<Record<number, string>> = {
  0: 'claimed.sending',
  10: 'accepted.fcm',
  20: 'invalid.unregistered',
  21: 'invalid.malformed',
  22: 'invalid.sender-mismatch',
  30: 'failed.payload',
  31: 'failed.payload-too-large',
  32: 'failed.third-party-auth',
  33: 'failed.credentials',
  34: 'failed.quota',
  35: 'failed.internal',
  36: 'failed.unavailable',
  37: 'failed.network',
  38: 'failed.unexpected',
  39: 'failed.unreadable',
  50: 'suppressed.no-address',
  51: 'suppressed.no-consent',
  52: 'suppressed.refused',
  53: 'suppressed.missing-variable',
  54: 'suppressed.member-removed',
  55: 'suppressed.night',
  56: 'suppressed.quarantined',
  57: 'suppressed.frequency-cap',
  58: 'suppressed.not-in-audience',
  60: 'expired.until',
  70: 'cancelled.operator',
  80: 'unknown.timed-out',
  81: 'unknown.connection-lost',
  82: 'unknown.sender-died',
  100: 'retry.quota',
  101: 'retry.internal',
  102: 'retry.unavailable',
  103: 'retry.network',
  104: 'retry.credentials',
  105: 'retry.unexpected',
  106: 'retry.withheld',
  107: 'retry.redriven',
  110: 'retry.timed-out',
  111: 'retry.connection-lost',
  112: 'retry.sender-died',
  120: 'held.night',
  121: 'held.local-time',
};

export const isOutcome = (code: number): boolean => code >= 10 && code < 100;
export const isAmbiguousRetry = (code: number): boolean => code >= 110 && code < 120;
export const isHeld = (code: number): boolean => code >= 120 && code < 130;
export const isUnknown = (code: number): boolean => code >= 80 && code < 90;
/** FCM or its sender had the last word: accepted, invalid, failed. */
export const wasAnswered = (code: number): boolean => code >= 10 && code < 40;
/** Suppressed, expired, cancelled. */
export const isNotSent = (code: number): boolean => code >= 50 && code < 80;
/** Outcomes that a redrive takes up again. */
export const mayBeRedriven = (code: number): boolean => (code >= 30 && code < 40) || isUnknown(code);
/** Outcomes that only the end of all attempts may give. */
export const isExhausted = (code: number): boolean => code >= 33 && code <= 38;

/** @throws Error where the columns do not fit each other */
export function readEntries(fields: Readonly<Record<string, unknown>>): Entry[] {
  const [keys, addresses, consents, codes] = ['keys', 'addresses', 'consents', 'codes'].map((name) =>
    Buffer.from(fields[name] as Uint8Array),
  ) as [Buffer, Buffer, Buffer, Buffer];
  const lines = codes.length === 0 ? [] : keys.toString().split('\n');
  if (lines.length !== codes.length || addresses.length !== 8 * codes.length || consents.length !== 6 * codes.length) {
    throw new Error('the columns of a batch differ in length');
  }
  let key = '';
  return lines.map((line, place) => {
    key = line === '' ? key : line;
    const address = addresses.toString('hex', 8 * place, 8 * place + 8);
    return {
      key,
      address: address === '0'.repeat(16) ? '' : address,
      consentAtMs: consents.readUIntBE(6 * place, 6),
      code: codes[place] as number,
    };
  });
}
