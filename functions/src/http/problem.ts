import { PROBLEM_STATUS, ProblemError, type Problem, type ProblemCode } from '../contract/problem.ts';
import { WriteConflict, type LogFields } from '../ports.ts';

/** When a caller should try again after `unavailable`, in seconds. */
const RETRY_AFTER_SECONDS = 5;

const TITLES: Readonly<Record<ProblemCode, string>> = {
  bad_json: 'The body is not JSON',
  bad_request: 'The request is malformed',
  bad_digest: 'The body is not the one that was signed',
  unauthenticated: 'The token does not hold',
  forbidden: 'The token lacks a scope',
  not_found: 'There is no such thing',
  method_not_allowed: 'The method is not allowed here',
  conflict: 'The request conflicts with what is stored',
  body_too_large: 'The body is too large',
  unsupported_media_type: 'The body is of a type that is not taken here',
  invalid: 'The request is not valid',
  audience_empty: 'The audience has no members',
  internal: 'Something failed on our side',
  unavailable: 'Something we need does not answer',
};

/**
 * gRPC status codes that say "not now" and nothing about the request
 * (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
 */
const GRPC_NOT_NOW = new Set<unknown>([
  4, // DEADLINE_EXCEEDED
  8, // RESOURCE_EXHAUSTED
  10, // ABORTED
  14, // UNAVAILABLE
]);

/** The RFC 9457 body of a failure. */
export function problemOf(error: ProblemError): Problem {
  return {
    type: `urn:bongsu:problem:${error.code}`,
    title: TITLES[error.code],
    status: PROBLEM_STATUS[error.code],
    code: error.code,
    detail: error.message,
    ...(error.errors.length > 0 ? { errors: [...error.errors] } : {}),
  };
}

/** Headers that belong to a problem's status. */
export function problemHeaders(code: ProblemCode): Readonly<Record<string, string>> {
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer' };
  if (code === 'unavailable') return { 'retry-after': String(RETRY_AFTER_SECONDS) };
  return {};
}

/**
 * What a caller is told of anything thrown. An unexpected error tells nothing of itself but the request id, under
 * which it is logged.
 */
export function toProblemError(error: unknown, requestId: string): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isNotNow(error)) {
    return new ProblemError('unavailable', `The database did not take the request; try again. Request ${requestId}.`);
  }
  return new ProblemError('internal', `The request failed and was logged as ${requestId}.`);
}

/** Where an error arose, without its message: messages may quote a title, a token or a name. */
export function traceOf(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '')
    .replace(error.message, '')
    .split('\n')
    .filter((line) => line.startsWith('    at '));
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    error: error.name,
    ...(typeof code === 'number' || typeof code === 'string' ? { code } : {}),
    at: frames
      .slice(0, 5)
      .map((line) => line.trim())
      .join('; '),
  };
}

function isNotNow(error: unknown): boolean {
  if (error instanceof WriteConflict) return true;
  return error instanceof Error && 'code' in error && GRPC_NOT_NOW.has(error.code);
}
