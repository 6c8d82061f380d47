import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Node publishes each request here before any handler sees it (https://nodejs.org/api/diagnostics_channel.html). */
export const REQUEST_START = 'http.server.request.start';

/** A path of the API; its function's name stands before it where one process serves several functions. */
const API_PATH = /^(?:\/api)?\/v1\//;

const SENT = new WeakMap<object, IncomingHttpHeaders>();

/**
 * Keeps `rawBody` what the caller sent. The Functions Framework parses bodies before a function is called: it inflates
 * `Content-Encoding: gzip` first, so that the signed digest cannot be checked, and it answers JSON that is not JSON,
 * or a charset it does not know, with an HTML page of its own and a log line that holds the body. The API's requests are therefore shown to it as plain
 * bytes; `sentHeaders` still tells what was sent. Other functions of the same process are left alone.
 *
 * @returns ends it.
 */
export function keepSentBytes(): () => void {
  subscribe(REQUEST_START, showAsBytes);
  return () => void unsubscribe(REQUEST_START, showAsBytes);
}

/** The headers as the caller sent them. */
export function sentHeaders(request: { readonly headers: IncomingHttpHeaders }): IncomingHttpHeaders {
  return SENT.get(request) ?? request.headers;
}

function showAsBytes(message: unknown): void {
  const { request } = message as { request: IncomingMessage };
  if (!API_PATH.test(request.url ?? '') || SENT.has(request)) return;
  SENT.set(request, { ...request.headers });
  request.headers['content-type'] = 'application/octet-stream';
  delete request.headers['content-encoding'];
}
