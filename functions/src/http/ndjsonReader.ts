import type { z } from 'zod';
import { ProblemError, type FieldError } from '../contract/problem.ts';
import { FieldErrors } from '../contract/fieldErrors.ts';
import { readWith } from './fieldErrors.ts';

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
  const errors = new FieldErrors();
  const values: T[] = [];
  const firstLineOf = new Map<string | number, number>();
  for (const [index, line] of lines.entries()) {
    const read = atMost(readLine(line, schema), checks.maxValueBytes);
    if (!read.ok) {
      errors.add(read.errors, index + 1);
      continue;
    }
    const key = checks.unique.of(read.value);
    const first = firstLineOf.get(key);
    if (first !== undefined) {
      errors.add([{ field: checks.unique.field, message: `is the same as on line ${first}` }], index + 1);
      continue;
    }
    firstLineOf.set(key, index + 1);
    values.push(read.value);
  }
  if (errors.any) throw errors.refusal('The request');
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

export type LineResult<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] };

/** One line of NDJSON, without its newline. */
export function readLine<T>(line: Uint8Array, schema: z.ZodType<T>): LineResult<T> {
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
  return readWith(schema, json);
}

function atMost<T>(read: LineResult<T>, maxValueBytes: number): LineResult<T> {
  if (!read.ok || Buffer.byteLength(JSON.stringify(read.value)) <= maxValueBytes) return read;
  return wholeLine(`takes more than ${maxValueBytes} bytes as JSON`);
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
