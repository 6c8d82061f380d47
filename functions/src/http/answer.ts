import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a route answers. */
export type Answer =
  | { readonly status: number; readonly json: unknown; readonly contentType?: string }
  /** Streamed; the reader's pace sets the source's. */
  | { readonly status: number; readonly lines: AsyncIterable<unknown> }
  | { readonly status: 204 };

/** The caller closed the connection before the answer was whole: its own choice, and no failure of ours. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/** Lines are gathered to writes of about this size: a write for each would be a chunk and a system call for each. */
const CHUNK_LENGTH = 64 * 1024;

/**
 * Writes a whole answer. Settles when it is handed to the connection.
 * @throws what the source of a stream throws. Where it fails on its first line, nothing has been written; later, the
 * connection has been cut, so that an answer that is not whole does not look it.
 * @throws ClientLeft
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
  const source = new ChunkSource(lines);
  const chunks = source.chunks();
  try {
    const first = await chunks.next();
    response.writeHead(status, { ...headers, 'content-type': 'application/x-ndjson' });
    await pipeline(Readable.from(startingWith(first, chunks), { objectMode: false }), response);
  } catch (error) {
    throw source.failed ? error : new ClientLeft('the caller closed the connection', { cause: error });
  } finally {
    // A caller who left before the first line: the pipeline never starts, and so never ends what it would have read.
    await chunks.return();
  }
}

async function* startingWith(first: IteratorResult<string, void>, rest: AsyncIterable<string>): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

/** Knows whether a stream broke on our side or on the caller's: a caller's leaving is thrown into it at a `yield`. */
class ChunkSource {
  failed = false;
  readonly #lines: AsyncIterator<unknown>;

  constructor(lines: AsyncIterable<unknown>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async *chunks(): AsyncGenerator<string, void> {
    try {
      for (let chunk = await this.#read(); chunk !== ''; chunk = await this.#read()) yield chunk;
    } finally {
      await this.#lines.return?.();
    }
  }

  /** The next lines; empty at the end. */
  async #read(): Promise<string> {
    try {
      let chunk = '';
      while (chunk.length < CHUNK_LENGTH) {
        const line = await this.#lines.next();
        if (line.done === true) break;
        chunk += `${JSON.stringify(line.value)}\n`;
      }
      return chunk;
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }
}
