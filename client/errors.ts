import type { FieldError, Problem, ProblemCode } from '../functions/src/contract/problem.ts';

/** Every error that the client throws by itself, except a `TypeError` for wrong arguments and an abort's reason. */
export abstract class BongsuClientError extends Error {
  abstract override readonly name: string;
}

/**
 * The server answered, and the answer was no. It was not retried, or the retries were used up.
 * `code` is from the closed list of contract/problem.ts; `unrecognized` where something between the client and the
 * server answered (a proxy's 502, a redirect).
 */
export class BongsuError extends BongsuClientError {
  override readonly name = 'BongsuError';
  /** HTTP status. */
  readonly status: number;
  readonly code: ProblemCode | 'unrecognized';
  readonly detail: string;
  /** One element for each field that was refused, with its line for NDJSON; empty where no field is to blame. */
  readonly errors: readonly FieldError[];
  /** What the server asked to wait before the next try, in milliseconds; null where it did not ask. */
  readonly retryAfterMs: number | null;

  constructor(problem: Pick<Problem, 'status' | 'detail' | 'errors'> & BongsuErrorParts) {
    const first = problem.errors?.[0];
    const where = first === undefined ? '' : ` (${placeOf(first)}: ${first.message})`;
    super(`${problem.status} ${problem.code}: ${problem.detail}${where}`);
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.retryAfterMs = problem.retryAfterMs ?? null;
  }
}
interface BongsuErrorParts {
  readonly code: ProblemCode | 'unrecognized';
  readonly retryAfterMs?: number | null;
}

function placeOf(error: FieldError): string {
  const field = error.field === '' ? 'body' : error.field;
  return error.line === undefined ? field : `line ${error.line}, ${field}`;
}

/** No complete answer came: refused, reset, cut off in the middle or timed out. `cause` holds the last reason. */
export class BongsuConnectionError extends BongsuClientError {
  override readonly name = 'BongsuConnectionError';
  /** How often the call was tried. */
  readonly attempts: number;

  constructor(message: string, options: { readonly attempts: number; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.attempts = options.attempts;
  }
}

/** A success that is not what the contract promises: another program answers at this address, or another version. */
export class BongsuAnswerError extends BongsuClientError {
  override readonly name = 'BongsuAnswerError';
}

/** `fetch` says "fetch failed" and keeps the reason in `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
