import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a route answers. */
export type Answer =
  | { readonly status: number; readonly json: unknown; readonly contentType?: string }
  /** Streamed; the reader's pace sets the source's. */
  | { readonly status: number; readonly lines: AsyncIterable<unknown> }
  | { readonly status: 204 };

/** Lines are gathered to writes of about this size: a write for each would be a chunk and a system call for each. */
const CHUNK_LENGTH = 64 * 1024;

/**
 * Writes a whole answer. Settles when it is handed to the connection.
 * @throws what the source of a stream throws, before anything is written where it fails on its first line; later, the
 * connection has been cut, so that an answer that is not whole does not look it.
 */
export async function writeAnswer(
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  if ('lines' in answer) {
    await writeLines(response, answer.status, answer.lines, headers);
  } else if ('json' in answer) {
    const body = Buffer.from(`${JSON.stringify(answer.json)}\n`);
    const contentType = answer.contentType ?? 'application/json';
    response.writeHead(answer.status, { ...headers, 'content-type': contentType, 'content-length': body.length });
    response.end(body);
  } else {
    response.writeHead(answer.status, { ...headers });
    response.end();
  }
}

async function writeLines(
  response: ServerResponse,
  status: number,
  lines: AsyncIterable<unknown>,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const chunks = toChunks(lines);
  const first = await chunks.next();
  response.writeHead(status, { ...headers, 'content-type': 'application/x-ndjson' });
  await pipeline(Readable.from(startingWith(first, chunks), { objectMode: false }), response);
}

async function* startingWith(first: IteratorResult<string, void>, rest: AsyncIterable<string>): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

async function* toChunks(lines: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  let chunk = '';
  for await (const line of lines) {
    chunk += `${JSON.stringify(line)}\n`;
    if (chunk.length >= CHUNK_LENGTH) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}
