import { BongsuConnectionError, reasonOf } from './errors.ts';

/**
 * The lines of an NDJSON answer as they arrive. The server ends every line with a newline and breaks the connection
 * when it cannot go on, so an answer that was cut off is an error and never an end.
 *
 * @throws BongsuConnectionError, or the signal's reason.
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const chunk of body) {
      const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = pieces.pop() ?? '';
      yield* pieces;
    }
    rest += decoder.decode();
  } catch (error) {
    signal?.throwIfAborted();
    throw new BongsuConnectionError(`the answer was cut off: ${reasonOf(error)}`, { attempts: 1, cause: error });
  }
  if (rest !== '') throw new BongsuConnectionError('the answer was cut off within a line', { attempts: 1 });
}
