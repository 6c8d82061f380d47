import type { z } from 'zod';
import { ProblemError, type FieldError } from '../contract/problem.ts';
import { FIELD_ERRORS_MAX, readWith, refusal } from './field-errors.ts';

export const NDJSON_MAX_LINES = 10_000;

const NEWLINE = 0x0a;

export interface NdjsonChecks<T> {
  /** The field that no two lines may share, as a JSON pointer, and its value. */
  readonly unique: { readonly field: string; of(value: T): string | number };
  /** A line's value as compact JSON may take at most this many bytes. */
  readonly maxValueBytes: number;
}

/**
 * Reads a whole NDJSON body: either every line holds, or nothing of it is used.
 * One newline at the end is allowed; any other blank line is an error.
 *
 * @throws ProblemError `body_too_large` above `NDJSON_MAX_LINES`, else `invalid` with the line and the field of each
 * error, at most `FIELD_ERRORS_MAX` of them.
 */
export function readNdjson<T>(bytes: Uint8Array, schema: z.ZodType<T>, checks: NdjsonChecks<T>): T[] {
  const lines = splitLines(bytes);
  const errors = new ErrorList();
  const values: T[] = [];
  const firstLineOf = new Map<string | number, number>();
  for (const [index, line] of lines.entries()) {
    const read = readLine(line, schema, checks.maxValueBytes);
    if (!read.ok) {
      errors.add(index + 1, read.errors);
      continue;
    }
    const key = checks.unique.of(read.value);
    const first = firstLineOf.get(key);
    if (first !== undefined) {
      errors.add(index + 1, [{ field: checks.unique.field, message: `is the same as on line ${first}` }]);
      continue;
    }
    firstLineOf.set(key, index + 1);
    values.push(read.value);
  }
  errors.throwIfAny();
  return values;
}

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  const lines: Uint8Array[] = [];
  for (let start = 0; start <= end;) {
    if (lines.length === NDJSON_MAX_LINES) {
      throw new ProblemError('body_too_large', `The body has more than ${NDJSON_MAX_LINES} lines.`);
    }
    const newline = bytes.indexOf(NEWLINE, start);
    const stop = newline === -1 || newline > end ? end : newline;
    lines.push(bytes.subarray(start, stop));
    start = stop + 1;
  }
  return lines;
}

type LineResult<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] };

function readLine<T>(line: Uint8Array, schema: z.ZodType<T>, maxValueBytes: number): LineResult<T> {
  const text = decodeUtf8(line);
  if (text === null) return wholeLine('is not valid UTF-8');
  if (text.trim() === '') return wholeLine('is blank; only one newline may follow the last line');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message quotes the line.
    return wholeLine('is not JSON');
  }
  const result = readWith(schema, json);
  if (result.ok && Buffer.byteLength(JSON.stringify(result.value)) > maxValueBytes) {
    return wholeLine(`takes more than ${maxValueBytes} bytes as JSON`);
  }
  return result;
}

function wholeLine(message: string): { ok: false; errors: FieldError[] } {
  return { ok: false, errors: [{ field: '', message }] };
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Counts every error and keeps the first few, so that 10,000 bad lines take no more memory than good ones. */
class ErrorList {
  readonly #kept: FieldError[] = [];
  #total = 0;

  add(line: number, errors: readonly FieldError[]): void {
    this.#total += errors.length;
    for (const error of errors.slice(0, FIELD_ERRORS_MAX - this.#kept.length)) this.#kept.push({ ...error, line });
  }

  throwIfAny(): void {
    if (this.#total > 0) throw refusal('invalid', this.#kept, this.#total);
  }
}
