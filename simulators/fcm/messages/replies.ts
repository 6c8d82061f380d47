import type { Reply, ReplyHead } from '../exchange.ts';

/** Error codes of FCM HTTP v1 (google.firebase.fcm.v1.FcmError and google.rpc.Code where FCM adds none). */
type FcmErrorCode =
  | 'UNREGISTERED'
  | 'INVALID_ARGUMENT'
  | 'SENDER_ID_MISMATCH'
  | 'THIRD_PARTY_AUTH_ERROR'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'QUOTA_EXCEEDED'
  | 'INTERNAL'
  | 'UNAVAILABLE';

/** One thing wrong with a request, as google.rpc.BadRequest.FieldViolation. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

const JSON_FIELDS = [['content-type', 'application/json; charset=UTF-8']] as const;
const HTML_FIELDS = [['content-type', 'text/html; charset=UTF-8']] as const;
const OK_JSON: ReplyHead = { status: 200, fields: JSON_FIELDS };

const TYPE_FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const TYPE_BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';
const TYPE_QUOTA_FAILURE = 'type.googleapis.com/google.rpc.QuotaFailure';

/** Heads are cached by their identity in the transports, so equal ones are made once. */
const errorHeads = new Map<string, ReplyHead>();

function errorHead(status: number, retryAfterSeconds: number | undefined): ReplyHead {
  const key = `${status} ${retryAfterSeconds}`;
  let head = errorHeads.get(key);
  if (!head) {
    const retryAfter = retryAfterSeconds === undefined ? [] : [['retry-after', String(retryAfterSeconds)] as const];
    head = { status, fields: [...JSON_FIELDS, ...retryAfter] };
    errorHeads.set(key, head);
  }
  return head;
}

function errorReply(
  status: number,
  grpcStatus: string,
  message: string,
  details: readonly object[] = [],
  retryAfterSeconds?: number,
): Reply {
  const error = { code: status, message, status: grpcStatus, ...(details.length > 0 ? { details } : {}) };
  return { head: errorHead(status, retryAfterSeconds), body: `${JSON.stringify({ error }, null, 2)}\n` };
}

function fcmError(errorCode: FcmErrorCode): object {
  return { '@type': TYPE_FCM_ERROR, errorCode };
}

/** 200 with the name FCM gave the message. */
export function accepted(messageName: string): Reply {
  return { head: OK_JSON, body: `{\n  "name": "${messageName}"\n}\n` };
}

/** 400 for what FCM itself refuses: the token or the payload, with FcmError and the field. */
export function invalidArgument(message: string, violations: readonly FieldViolation[]): Reply {
  const badRequest = { '@type': TYPE_BAD_REQUEST, fieldViolations: violations };
  return errorReply(400, 'INVALID_ARGUMENT', message, [fcmError('INVALID_ARGUMENT'), badRequest]);
}

/** 400 for what Google's JSON front end refuses before FCM sees it: BadRequest alone, no FcmError. */
export function badJson(message: string, violations: readonly FieldViolation[]): Reply {
  const details = violations.length > 0 ? [{ '@type': TYPE_BAD_REQUEST, fieldViolations: violations }] : [];
  return errorReply(400, 'INVALID_ARGUMENT', message, details);
}

export const UNREGISTERED = errorReply(404, 'NOT_FOUND', 'Requested entity was not found.', [fcmError('UNREGISTERED')]);

export const SENDER_ID_MISMATCH = errorReply(403, 'PERMISSION_DENIED', 'SenderId mismatch', [
  fcmError('SENDER_ID_MISMATCH'),
]);

export const THIRD_PARTY_AUTH_ERROR = errorReply(401, 'UNAUTHENTICATED', 'Auth error from APNS or Web Push Service', [
  fcmError('THIRD_PARTY_AUTH_ERROR'),
]);

export const UNAUTHENTICATED = errorReply(
  401,
  'UNAUTHENTICATED',
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
);

export const PERMISSION_DENIED = errorReply(
  403,
  'PERMISSION_DENIED',
  "Permission 'cloudmessaging.messages.create' denied on resource.",
);

/** 429. `subject` is whose quota is used up: the project or one device. */
export function quotaExceeded(subject: string, description: string, retryAfterSeconds: number | undefined): Reply {
  const quotaFailure = { '@type': TYPE_QUOTA_FAILURE, violations: [{ subject, description }] };
  const message = `Quota exceeded: ${description}`;
  return errorReply(429, 'RESOURCE_EXHAUSTED', message, [fcmError('QUOTA_EXCEEDED'), quotaFailure], retryAfterSeconds);
}

export function internal(retryAfterSeconds: number | undefined): Reply {
  return errorReply(500, 'INTERNAL', 'Internal error encountered.', [fcmError('INTERNAL')], retryAfterSeconds);
}

export function unavailable(retryAfterSeconds: number | undefined): Reply {
  const message = 'The service is currently unavailable.';
  return errorReply(503, 'UNAVAILABLE', message, [fcmError('UNAVAILABLE')], retryAfterSeconds);
}

/** What Google's front end answers when the server behind it does not. */
export const BAD_GATEWAY: Reply = {
  head: { status: 502, fields: HTML_FIELDS },
  body: '<!DOCTYPE html>\n<html lang=en>\n<title>Error 502 (Server Error)!!1</title>\n<p><b>502.</b> <ins>That’s an error.</ins>\n<p>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.\n</html>\n',
};

/** A proxy or captive portal between the sender and FCM: 200, but not from FCM. */
export const OK_HTML: Reply = {
  head: { status: 200, fields: HTML_FIELDS },
  body: '<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please sign in to this network.</body></html>\n',
};

export const OK_EMPTY: Reply = { head: OK_JSON, body: '' };

export const PATH_NOT_FOUND = errorReply(404, 'NOT_FOUND', 'The requested URL was not found on this server.');
