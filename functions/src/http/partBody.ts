import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { ProblemError } from '../contract/problem.ts';
import { PART_MAX_LINES, RECIPIENT_LINE_MAX_BYTES, recipientSchema } from '../contract/recipient.ts';
import type { PartLine, PartUpload } from '../stages/part.ts';
import { NDJSON_MAX_BYTES, type Body, type BodyEncoding } from './body.ts';
import { readLine } from './ndjsonReader.ts';

/**
 * Bytes that a part may inflate to. 10,000 lines with payloads of 4,096 bytes take 45 MB, and 125 MB where every
 * character is escaped as JSON allows; a gzip bomb makes 24 GB of 24 MB.
 */
export const PART_INFLATED_MAX_BYTES = 128 * 1024 * 1024;

const NEWLINE = 0x0a;

/** A part of an upload, read while its lines are asked for: never all of it at once. */
export const partBody: Body<Pick<PartUpload, 'digest' | 'lines'>> = {
  contentType: 'application/x-ndjson',
  maxBytes: NDJSON_MAX_BYTES,
  required: true,
  gzip: true,
  schema: recipientSchema,
  read: (bytes, encoding) => ({
    digest: createHash('sha256').update(bytes).digest('base64url'),
    lines: partLines(bytes, encoding),
  }),
};

/** @throws ProblemError `body_too_large`, or `bad_request` for what is not gzip; lines that are wrong are given as such */
async function* partLines(bytes: Uint8Array, encoding: BodyEncoding): AsyncGenerator<PartLine, void, undefined> {
  let line = 0;
  for await (const content of linesOf(encoding === 'gzip' ? inflate(bytes) : [bytes])) {
    line += 1;
    if (line > PART_MAX_LINES)
      throw new ProblemError('body_too_large', `The part has more than ${PART_MAX_LINES} lines.`);
    if (content === null) {
      yield { line, errors: [{ field: '', message: `takes more than ${RECIPIENT_LINE_MAX_BYTES} bytes` }] };
      continue;
    }
    const read = readLine(content, recipientSchema);
    yield read.ok ? { line, recipient: read.value } : { line, errors: read.errors };
  }
}

async function* inflate(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip();
  gunzip.end(bytes);
  let inflated = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      inflated += chunk.length;
      if (inflated > PART_INFLATED_MAX_BYTES) {
        throw new ProblemError('body_too_large', `The part inflates to more than ${PART_INFLATED_MAX_BYTES} bytes.`);
      }
      yield chunk;
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new ProblemError('bad_request', 'The body is not whole gzip, as its Content-Encoding says.');
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

/**
 * Cuts bytes into lines as they come; `null` stands for a line that is too long, of which nothing is kept. A newline at
 * the end belongs to the last line.
 */
async function* linesOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array | null, void, undefined> {
  const rest = new LineRest();
  for await (const chunk of chunks) {
    let start = 0;
    for (let newline = chunk.indexOf(NEWLINE); newline !== -1; newline = chunk.indexOf(NEWLINE, start)) {
      yield rest.endWith(chunk.subarray(start, newline));
      start = newline + 1;
    }
    rest.add(chunk.subarray(start));
  }
  if (!rest.empty) yield rest.endWith(new Uint8Array(0));
}

/** The line that has begun and not ended, over as many chunks as it takes. */
class LineRest {
  #pieces: Uint8Array[] = [];
  #length = 0;

  get empty(): boolean {
    return this.#length === 0;
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length <= RECIPIENT_LINE_MAX_BYTES) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  endWith(piece: Uint8Array): Uint8Array | null {
    const whole = this.#pieces.length === 0 && this.#length === 0;
    this.add(piece);
    const tooLong = this.#length > RECIPIENT_LINE_MAX_BYTES;
    const line = tooLong ? null : whole ? piece : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    return line;
  }
}
