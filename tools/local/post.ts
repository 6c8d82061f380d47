import { Agent, request } from 'node:http';
import type { HttpEvent } from './cloudEvent.ts';

const agent = new Agent({ keepAlive: true });

/**
 * POSTs an event and reads the answer to its end.
 * @param limitMs after which the request is cut off, as Cloud Run does at a function's time limit
 * @returns the status
 * @throws Error when there was no whole answer: refused, cut off, time limit, `signal`
 */
export function post(url: string, event: HttpEvent, limitMs: number, signal: AbortSignal): Promise<number> {
  const body = Buffer.from(event.body);
  return new Promise((resolve, reject) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    const sent = request(url, {
      method: 'POST',
      agent,
      signal: limited,
      headers: { ...event.headers, 'content-length': body.length },
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.end(body);
  });
}
