import { constants, type ClientHttp2Stream } from 'node:http2';
import type { Deadline } from './deadline.ts';
import { CONNECTION_LOST, NOT_SENT, TIMED_OUT, type Exchange } from './exchange.ts';

/** FCM's answers have a few hundred bytes; what a stray server sends beyond this is not kept. */
const MAX_ANSWER_BYTES = 65_536;

/** What a stream's connection knows and is told; one for all its streams. */
export interface StreamEvents {
  /** The last stream that the server has promised to look at, by its GOAWAY. */
  lastStreamId(): number;
  /** The server has answered. */
  heard(): void;
  /** The stream is gone. */
  closed(): void;
}

/**
 * Writes one POST to its stream and finds out what came of it. Resolves with the end of the stream, whatever ended it,
 * or with the deadline. Node closes streams without an 'error' when their connection drops, so 'close' is what counts.
 */
export function runStream(
  stream: ClientHttp2Stream,
  body: string | Buffer,
  deadline: Deadline,
  events: StreamEvents,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let status = 0;
    let retryAfter: string | undefined;
    const chunks: Buffer[] = [];
    let bytes = 0;

    const settle = (otherwise: Exchange): void => {
      // A refusal stands once its status is here. A 200 is proven by its body, which answer.ts looks at.
      if (status === 0) resolve(otherwise);
      else if (retryAfter === undefined) resolve({ kind: 'answered', status, body: textOf(chunks) });
      else resolve({ kind: 'answered', status, body: textOf(chunks), retryAfter });
    };
    const forget = deadline.onEnd(() => {
      const unproven = status === 0 || status === constants.HTTP_STATUS_OK;
      if (unproven) resolve(stream.pending ? NOT_SENT : TIMED_OUT);
      else settle(TIMED_OUT);
      stream.close(constants.NGHTTP2_CANCEL);
    });

    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
      retryAfter = headers['retry-after'];
      events.heard();
    });
    stream.on('data', (chunk: Buffer) => {
      if (bytes < MAX_ANSWER_BYTES) chunks.push(chunk);
      bytes += chunk.length;
    });
    stream.on('error', ignore);
    stream.on('close', () => {
      forget();
      settle(isUnseen(stream, events.lastStreamId()) ? NOT_SENT : CONNECTION_LOST);
      events.closed();
    });
    stream.end(body);
  });
}

/** The answer as text; nearly always one chunk. */
function textOf(chunks: readonly Buffer[]): string {
  return (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? '';
}

/** Whether the protocol proves that the server has not looked at this stream (RFC 9113, 6.8 and 8.7). */
function isUnseen(stream: ClientHttp2Stream, lastStreamId: number): boolean {
  if (stream.pending || stream.id === undefined) return true;
  return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream.id > lastStreamId;
}

/** 'close' follows every 'error' and says more; without a listener Node would throw it. */
function ignore(): void {}
