import { z } from 'zod';

/** The closed list of error codes with the HTTP status each is answered with. */
export const PROBLEM_STATUS = {
  bad_json: 400,
  bad_request: 400,
  bad_digest: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid: 422,
  audience_empty: 422,
  internal: 500,
  unavailable: 503,
} as const;
export type ProblemCode = keyof typeof PROBLEM_STATUS;

export const fieldErrorSchema = z.strictObject({
  /** JSON pointer (RFC 6901) to the field; empty for the whole body. */
  field: z.string(),
  message: z.string(),
  /** Line of an NDJSON body, from 1. */
  line: z.number().int().min(1).optional(),
});
export type FieldError = z.infer<typeof fieldErrorSchema>;

/** RFC 9457 `application/problem+json`. Holds nothing personal: messages name fields, never values. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(PROBLEM_STATUS) as [ProblemCode, ...ProblemCode[]]),
  detail: z.string(),
  errors: z.array(fieldErrorSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/**
 * A failure that the caller should hear about, in words that hold nothing personal. Whatever throws it, the HTTP layer
 * answers it as problem+json with the status of its code; any other error is answered as `internal`.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];

  /** @param detail what went wrong with this request, for a developer of the caller; names fields, never values. */
  constructor(code: ProblemCode, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.code = code;
    this.errors = errors;
  }
}
