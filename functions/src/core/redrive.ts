import type { Counts, LedgerCode, RetryCode } from '../contract/codes.ts';

/** What FCM may have accepted waits as that again: it counts as sent again, and is not called off by a cancel. */
const AMBIGUOUS_AGAIN: Readonly<Partial<Record<LedgerCode, RetryCode>>> = {
  'unknown.timed-out': 'retry.timed-out',
  'unknown.connection-lost': 'retry.connection-lost',
  'unknown.sender-died': 'retry.sender-died',
};

/** What a message waits as when its campaign is asked to try again; null where its outcome stays. */
export function redriveOf(code: LedgerCode): RetryCode | null {
  return code.startsWith('failed.') ? 'retry.redriven' : (AMBIGUOUS_AGAIN[code] ?? null);
}

/** Is there anything that a redrive would send again? */
export function anyToRedrive(counts: Counts): boolean {
  return (Object.keys(counts) as LedgerCode[]).some((code) => redriveOf(code) !== null);
}
