import type { Ending, FinalCode, LedgerCode, RetryCode, WaitingCode } from '../contract/codes.ts';
import type { RefusalCode, SendResult } from '../contract/push.ts';
import { RETRY_WINDOW_MS } from './backoff.ts';

/** Where FCM asks for a pause and gives no Retry-After: 60 s for quota, 30 s for a gateway's HTML. */
const QUOTA_PAUSE_MS = 60_000;
const BAD_GATEWAY_PAUSE_MS = 30_000;

type Rule = { readonly final: FinalCode } | { readonly retry: RetryCode; readonly pauseMs: number };

/**
 * FCM's refusals, row by row (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). The sender's own
 * credentials are retried, however many attempts there are: nobody's message is burnt for a key that an operator can mend.
 */
const REFUSALS: Readonly<Record<RefusalCode, Rule>> = {
  INVALID_ARGUMENT_ADDRESS: { final: 'invalid.malformed' },
  INVALID_ARGUMENT_PAYLOAD: { final: 'failed.payload' },
  UNREGISTERED: { final: 'invalid.unregistered' },
  SENDER_ID_MISMATCH: { final: 'invalid.sender-mismatch' },
  THIRD_PARTY_AUTH_ERROR: { final: 'failed.third-party-auth' },
  CREDENTIALS: { retry: 'retry.credentials', pauseMs: 0 },
  QUOTA_EXCEEDED: { retry: 'retry.quota', pauseMs: QUOTA_PAUSE_MS },
  INTERNAL: { retry: 'retry.internal', pauseMs: 0 },
  UNAVAILABLE: { retry: 'retry.unavailable', pauseMs: 0 },
  BAD_GATEWAY: { retry: 'retry.unavailable', pauseMs: BAD_GATEWAY_PAUSE_MS },
  UNEXPECTED: { retry: 'retry.unexpected', pauseMs: 0 },
};

/** What a message that may not go out again ends as. */
const WHEN_EXHAUSTED: Readonly<Record<RetryCode, FinalCode>> = {
  'retry.quota': 'failed.quota',
  'retry.internal': 'failed.internal',
  'retry.unavailable': 'failed.unavailable',
  'retry.network': 'failed.network',
  'retry.credentials': 'failed.credentials',
  'retry.unexpected': 'failed.unexpected',
  'retry.withheld': 'failed.network',
  'retry.redriven': 'failed.unexpected',
  'retry.timed-out': 'unknown.timed-out',
  'retry.connection-lost': 'unknown.connection-lost',
  'retry.sender-died': 'unknown.sender-died',
};

export interface AttemptPolicy {
  readonly onAmbiguous: 'resend' | 'record';
  readonly maxAttempts: number;
}
export interface Attempt {
  /** This attempt's number, from 1. */
  readonly number: number;
  readonly firstAttemptAtMs: number;
  readonly nowMs: number;
}
export interface Verdict {
  readonly code: LedgerCode;
  /** The least pause before a retry that FCM asked for; 0 where it did not ask. */
  readonly pauseMs: number;
}

/** Judges what came of one push at one attempt. */
export function judge(result: SendResult, attempt: Attempt, policy: AttemptPolicy): Verdict {
  switch (result.kind) {
    case 'accepted':
      return { code: 'accepted.fcm', pauseMs: 0 };
    case 'notSent':
      return again('retry.network', 0, attempt, policy);
    case 'ambiguous':
      return judgeAmbiguous(`retry.${result.reason}`, attempt, policy);
    case 'refused': {
      const rule = REFUSALS[result.code];
      if ('final' in rule) return { code: rule.final, pauseMs: 0 };
      const counted = rule.retry === 'retry.credentials' ? { ...policy, maxAttempts: Infinity } : policy;
      return again(rule.retry, result.retryAfterMs ?? rule.pauseMs, attempt, counted);
    }
  }
}

type AmbiguousCode = Extract<RetryCode, 'retry.timed-out' | 'retry.connection-lost' | 'retry.sender-died'>;

/** Judges a push of which nobody knows whether FCM accepted it. */
export function judgeAmbiguous(code: AmbiguousCode, attempt: Attempt, policy: AttemptPolicy): Verdict {
  return policy.onAmbiguous === 'record' ? { code: WHEN_EXHAUSTED[code], pauseMs: 0 } : again(code, 0, attempt, policy);
}

function again(code: RetryCode, pauseMs: number, attempt: Attempt, policy: AttemptPolicy): Verdict {
  const exhausted = attempt.number >= policy.maxAttempts || attempt.nowMs - attempt.firstAttemptAtMs >= RETRY_WINDOW_MS;
  return exhausted ? { code: WHEN_EXHAUSTED[code], pauseMs: 0 } : { code, pauseMs };
}

/** What a message becomes that may not go out again. */
export function exhausted(code: RetryCode): FinalCode {
  return WHEN_EXHAUSTED[code];
}

export function isRetry(code: LedgerCode): code is RetryCode {
  return code.startsWith('retry.');
}

/** Is the message neither final nor on its way: does it wait to be sent? */
export function isWaiting(code: LedgerCode): code is WaitingCode {
  return code.startsWith('retry.') || code.startsWith('held.');
}

/**
 * What a waiting message becomes when its campaign ends before it. One that FCM may have accepted is not called off; one
 * that FCM did not take in the time that the campaign gave it has failed, and the last reason says why.
 */
export function writeOff(code: WaitingCode, ending: Ending): FinalCode {
  if (isAmbiguous(code)) return WHEN_EXHAUSTED[code];
  const wasTried = code.startsWith('retry.') && code !== 'retry.withheld';
  return wasTried && ending === 'expired' ? WHEN_EXHAUSTED[code as RetryCode] : WRITTEN_OFF[ending];
}

/** What a message becomes that was never claimed when its campaign ended. */
export const WRITTEN_OFF: Readonly<Record<Ending, FinalCode>> = {
  cancelled: 'cancelled.operator',
  expired: 'expired.until',
};

/** Retries that may show a message to FCM twice. */
export function isAmbiguous(code: LedgerCode): code is AmbiguousCode {
  return code === 'retry.timed-out' || code === 'retry.connection-lost' || code === 'retry.sender-died';
}

/** FCM's last word on a message, whatever may have been accepted before. */
const LAST_WORD = /^(accepted|invalid)\.|^failed\.(payload|payload-too-large|third-party-auth)$/;

/**
 * What FCM may have accepted stays so until FCM has the last word on it: a later attempt that tells nothing, or is not
 * made, takes nothing back.
 *
 * @param was what the ledger held before
 * @param code what the later attempt would make of it
 */
export function keepAmbiguity(was: LedgerCode, code: LedgerCode): LedgerCode {
  if (!isAmbiguous(was) || code === 'claimed.sending' || isAmbiguous(code) || LAST_WORD.test(code)) return code;
  return isWaiting(code) ? was : WHEN_EXHAUSTED[was];
}
