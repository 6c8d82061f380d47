import { constants, type ClientHttp2Stream } from 'node:http2';
import type { Deadline } from './deadline.ts';
import { CONNECTION_LOST, NOT_SENT, TIMED_OUT, type Exchange } from './exchange.ts';

/** FCM's answers have a few hundred characters; what a stray server sends beyond this is not kept. */
const MAX_ANSWER_CHARS = 65_536;

/**
 * Writes one POST to its stream and finds out what came of it. Resolves with the end of the stream, whatever ended it,
 * or with the deadline. Node closes streams without an 'error' when their connection drops, so 'close' is what counts.
 *
 * @param lastStreamId the last stream that the server has promised to look at, by its GOAWAY
 */
export function runStream(
  stream: ClientHttp2Stream,
  body: string | Buffer,
  deadline: Deadline,
  lastStreamId: () => number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let status = 0;
    let retryAfter: string | undefined;
    let text = '';

    const settle = (otherwise: Exchange): void => {
      // A refusal stands once its status is here. A 200 is proven by its body, which answer.ts looks at.
      if (status === 0) resolve(otherwise);
      else resolve({ kind: 'answered', status, body: text, ...(retryAfter === undefined ? {} : { retryAfter }) });
    };
    const forget = deadline.onEnd(() => {
      const unproven = status === 0 || status === constants.HTTP_STATUS_OK;
      if (unproven) resolve(stream.pending ? NOT_SENT : TIMED_OUT);
      else settle(TIMED_OUT);
      stream.close(constants.NGHTTP2_CANCEL);
    });

    stream.setEncoding('utf8');
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
      retryAfter = headers['retry-after'];
    });
    stream.on('data', (chunk: string) => {
      if (text.length < MAX_ANSWER_CHARS) text += chunk;
    });
    stream.on('error', ignore);
    stream.on('close', () => {
      forget();
      settle(isUnseen(stream, lastStreamId()) ? NOT_SENT : CONNECTION_LOST);
    });
    stream.end(body);
  });
}

/** Whether the protocol proves that the server has not looked at this stream (RFC 9113, 6.8 and 8.7). */
function isUnseen(stream: ClientHttp2Stream, lastStreamId: number): boolean {
  if (stream.pending || stream.id === undefined) return true;
  return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream.id > lastStreamId;
}

/** 'close' follows every 'error' and says more; without a listener Node would throw it. */
function ignore(): void {}
