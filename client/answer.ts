import { problemSchema } from '../functions/src/contract/problem.ts';
import { parseRetryAfterMs } from './backoff.ts';
import { BongsuAnswerError, BongsuError } from './errors.ts';

/** What the client needs of a zod schema: only the contract depends on zod. */
export interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { message: string } };
}

/**
 * @param what names the answer in the error.
 * @throws BongsuAnswerError for anything but JSON as the contract says.
 */
export function parseAnswer<T>(text: string, schema: Schema<T>, what: string): T {
  const parsed = schema.safeParse(parseJson(text, what));
  if (!parsed.success) throw new BongsuAnswerError(`${what} is not what the contract says: ${parsed.error.message}`);
  return parsed.data;
}

/** @throws BongsuAnswerError */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BongsuAnswerError(`${what} is not JSON: is this the address of a Bongsu API?`);
  }
}

/** Reads a refusal. A body that is no problem+json came from something between, and only its status counts. */
export async function readProblem(response: Response, nowMs: number): Promise<BongsuError> {
  const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), nowMs);
  const text = await response.text();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  const problem = isProblem ? problemSchema.safeParse(parseOrNull(text)) : null;
  if (problem?.success === true) return new BongsuError({ ...problem.data, status: response.status, retryAfterMs });
  return new BongsuError({
    status: response.status,
    code: 'unrecognized',
    detail: `something other than the API answered ${response.status} ${response.statusText}`.trimEnd(),
    retryAfterMs,
  });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
