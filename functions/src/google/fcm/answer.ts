import type { RefusalCode, SendResult } from '../../contract/push.ts';
import type { Exchange } from './exchange.ts';

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';
const ADDRESS_FIELDS: ReadonlySet<string> = new Set(['message.token', 'message.fid']);
/** Older answers name no field for a malformed token, only this text. */
const ADDRESS_TEXT = /registration token is not a valid|invalid registration|installation id is not a valid/i;

type Answered = Extract<Exchange, { kind: 'answered' }>;

/** What one POST came to, in the pipeline's words. `nowMs` is what a Retry-After date is measured from. */
export function judgeExchange(exchange: Exchange, nowMs: number): SendResult {
  switch (exchange.kind) {
    case 'notSent':
      return { kind: 'notSent' };
    case 'lost':
      return { kind: 'ambiguous', reason: exchange.reason };
    case 'answered':
      return exchange.status === 200 ? judgeOk(exchange.body) : judgeRefusal(exchange, nowMs);
  }
}

/**
 * FCM's 200 names the message. One that does not (cut off, empty, a proxy's HTML) proves neither that FCM took the
 * message nor that it did not.
 */
function judgeOk(body: string): SendResult {
  const { name } = parseObject(body);
  return typeof name === 'string' && name !== ''
    ? { kind: 'accepted' }
    : { kind: 'ambiguous', reason: 'connection-lost' };
}

function judgeRefusal(answer: Answered, nowMs: number): SendResult {
  const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs);
  const code = refusalCode(answer);
  return retryAfterMs === undefined ? { kind: 'refused', code } : { kind: 'refused', code, retryAfterMs };
}

/** Rows of https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, told apart by status first. */
function refusalCode({ status, body }: Answered): RefusalCode {
  // Google's front ends answer 502 in HTML, and a body says nothing there that the status does not.
  if (status === 502) return 'BAD_GATEWAY';
  const error = readError(body);
  switch (status) {
    case 400:
      return refusalOfArgument(error);
    case 401:
      return error.fcmCode === 'THIRD_PARTY_AUTH_ERROR' ? 'THIRD_PARTY_AUTH_ERROR' : 'CREDENTIALS';
    case 403:
      return error.fcmCode === 'SENDER_ID_MISMATCH' ? 'SENDER_ID_MISMATCH' : 'CREDENTIALS';
    case 404:
      // A 404 without FCM's own code is a wrong URL: it must not cost a member the address.
      return error.fcmCode === 'UNREGISTERED' ? 'UNREGISTERED' : 'UNEXPECTED';
    case 429:
      return 'QUOTA_EXCEEDED';
    case 500:
      return 'INTERNAL';
    case 503:
    case 504:
      return 'UNAVAILABLE';
    default:
      return 'UNEXPECTED';
  }
}

interface ReadError {
  readonly status: string | undefined;
  readonly message: string;
  /** `details[].errorCode` of FcmError. */
  readonly fcmCode: string | undefined;
  /** `details[].fieldViolations[].field` of BadRequest. */
  readonly fields: readonly string[];
}

function refusalOfArgument({ status, message, fields }: ReadError): RefusalCode {
  if (status !== 'INVALID_ARGUMENT') return 'UNEXPECTED';
  const aboutAddress =
    fields.length > 0 ? fields.some((field) => ADDRESS_FIELDS.has(field)) : ADDRESS_TEXT.test(message);
  return aboutAddress ? 'INVALID_ARGUMENT_ADDRESS' : 'INVALID_ARGUMENT_PAYLOAD';
}

/** Reads google.rpc.Status as JSON; fields of another shape are left out. */
function readError(body: string): ReadError {
  const error = asObject(parseObject(body)['error']);
  const details = asArray(error['details']).map(asObject);
  const fcmError = details.find((detail) => detail['@type'] === FCM_ERROR);
  const violations = details
    .filter((detail) => detail['@type'] === BAD_REQUEST)
    .flatMap((detail) => asArray(detail['fieldViolations']));
  return {
    status: asText(error['status']),
    message: asText(error['message']) ?? '',
    fcmCode: asText(fcmError?.['errorCode']),
    fields: violations.flatMap((violation) => asText(asObject(violation)['field']) ?? []),
  };
}

const LONGEST_RETRY_AFTER_MS = 86_400_000;

/**
 * Milliseconds to wait, from a Retry-After of seconds or of an HTTP date (RFC 9110, 10.2.3); at most a day, undefined
 * where there is none or it is neither.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  // Date.parse also takes '-5', for a year.
  const isDate = /^[A-Z][a-z]/.test(text);
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : isDate ? Date.parse(text) - nowMs : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(text: string): JsonObject {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
