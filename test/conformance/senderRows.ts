import type { SendResult } from '../../functions/src/contract/push.ts';

/** One way in which FCM or the network ends a message, as the simulator does it for an address with this prefix. */
export interface Row {
  readonly trouble: string;
  readonly prefix: string;
  /** What the culprit's result may be: fields that must be equal. */
  readonly culprit: readonly SendResult[];
  /** True where the trouble takes the connection with it, and with that others' answers. */
  readonly breaksConnection?: true;
}

const TIMED_OUT: SendResult = { kind: 'ambiguous', reason: 'timed-out' };
const LOST: SendResult = { kind: 'ambiguous', reason: 'connection-lost' };
const NOT_SENT: SendResult = { kind: 'notSent' };
const ACCEPTED: SendResult = { kind: 'accepted' };

function refused(code: Extract<SendResult, { kind: 'refused' }>['code'], retryAfterMs?: number): SendResult[] {
  return [{ kind: 'refused', code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }];
}

/** Every way to end one message. */
export const ROWS: readonly Row[] = [
  { trouble: '200', prefix: 'accept', culprit: [ACCEPTED] },
  { trouble: '400 about the token', prefix: 'malformed', culprit: refused('INVALID_ARGUMENT_ADDRESS') },
  { trouble: '400 about the payload', prefix: 'badpayload', culprit: refused('INVALID_ARGUMENT_PAYLOAD') },
  { trouble: '400 for too many bytes', prefix: 'toobig', culprit: refused('INVALID_ARGUMENT_PAYLOAD') },
  { trouble: '401 from APNs', prefix: 'apns', culprit: refused('THIRD_PARTY_AUTH_ERROR') },
  { trouble: "401 for the sender's own credentials", prefix: 'unauthenticated', culprit: refused('CREDENTIALS') },
  { trouble: '403 for a missing permission', prefix: 'forbidden', culprit: refused('CREDENTIALS') },
  { trouble: '403 for another sender', prefix: 'mismatch', culprit: refused('SENDER_ID_MISMATCH') },
  { trouble: '404', prefix: 'dead', culprit: refused('UNREGISTERED') },
  { trouble: '429 with Retry-After', prefix: 'quota-7', culprit: refused('QUOTA_EXCEEDED', 7_000) },
  { trouble: "429 for one device's quota", prefix: 'devicequota', culprit: refused('QUOTA_EXCEEDED') },
  { trouble: '500', prefix: 'internal', culprit: refused('INTERNAL') },
  { trouble: '502 in HTML', prefix: 'html', culprit: refused('BAD_GATEWAY') },
  { trouble: '503', prefix: 'unavailable', culprit: refused('UNAVAILABLE') },
  { trouble: '503 with Retry-After', prefix: 'unavailable-60', culprit: refused('UNAVAILABLE', 60_000) },
  { trouble: '200 in HTML', prefix: 'ok200html', culprit: [LOST] },
  { trouble: '200 without a body', prefix: 'empty200', culprit: [LOST] },
  { trouble: '200, then a reset before the body', prefix: 'headersreset', culprit: [LOST] },
  { trouble: 'half a body, then a reset', prefix: 'halfbody', culprit: [LOST] },
  { trouble: 'an answer after the deadline', prefix: 'hang-20000', culprit: [TIMED_OUT] },
  { trouble: 'no answer ever', prefix: 'never', culprit: [TIMED_OUT] },
  { trouble: 'a refusal within the deadline', prefix: 'after-300-dead', culprit: refused('UNREGISTERED') },
  { trouble: 'RST_STREAM NO_ERROR', prefix: 'reset-0', culprit: [LOST] },
  { trouble: 'RST_STREAM INTERNAL_ERROR', prefix: 'reset-2', culprit: [LOST] },
  { trouble: 'RST_STREAM REFUSED_STREAM', prefix: 'reset-7', culprit: [NOT_SENT] },
  { trouble: 'RST_STREAM CANCEL', prefix: 'reset-8', culprit: [LOST] },
  { trouble: 'RST_STREAM ENHANCE_YOUR_CALM', prefix: 'reset-11', culprit: [LOST] },
  { trouble: 'accepted, answer lost', prefix: 'lost', culprit: [LOST] },
  { trouble: 'accepted, answer lost with CANCEL', prefix: 'lost-8', culprit: [LOST] },
  { trouble: 'connection dropped', prefix: 'drop', culprit: [LOST, NOT_SENT], breaksConnection: true },
  { trouble: 'accepted, connection dropped', prefix: 'acceptdrop', culprit: [LOST, NOT_SENT], breaksConnection: true },
  { trouble: 'GOAWAY after the answer', prefix: 'goaway', culprit: [ACCEPTED, NOT_SENT], breaksConnection: true },
  { trouble: 'GOAWAY that cuts off', prefix: 'cutoff', culprit: [NOT_SENT], breaksConnection: true },
];
