import type { HeaderField } from '../hpack/staticTable.ts';

/** What the simulator needs to know of a request before its body. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** The Authorization header, empty where there is none. */
  readonly authorization: string;
}

// RFC 9113, 8.2.2: these belong to HTTP/1.1 connections.
const CONNECTION_SPECIFIC = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/**
 * Reads a request's header fields.
 *
 * Returns undefined where RFC 9113, 8.3 calls the request malformed. The value of `:scheme` is not looked at:
 * firebase-admin 14 sends `https:`, with the colon, and Google's servers take it.
 */
export function readRequestHead(fields: readonly HeaderField[]): RequestHead | undefined {
  let method: string | undefined;
  let path: string | undefined;
  let scheme: string | undefined;
  let authorization = '';
  let pseudoAllowed = true;
  let authoritySeen = false;
  for (const { name, value, wellFormed } of fields) {
    if (!wellFormed) return undefined;
    if (name.charCodeAt(0) !== 0x3a) {
      pseudoAllowed = false;
      if (name === 'authorization') authorization = value;
      else if (CONNECTION_SPECIFIC.has(name) || (name === 'te' && value !== 'trailers')) return undefined;
      continue;
    }
    if (!pseudoAllowed) return undefined;
    if (name === ':method' && method === undefined) method = value;
    else if (name === ':path' && path === undefined) path = value;
    else if (name === ':scheme' && scheme === undefined) scheme = value;
    else if (name === ':authority' && !authoritySeen) authoritySeen = true;
    else return undefined;
  }
  if (method === undefined || scheme === undefined || !path) return undefined;
  return { method, path, authorization };
}
