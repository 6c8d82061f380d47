import { RpcError } from '../core/rpcError.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty when there is nothing more. */
  readonly nextPageToken: string;
}

/**
 * One page of items that are in the order of their keys. A token names the last key given out, so that items which
 * come or go between two calls shift nothing.
 *
 * Throws INVALID_ARGUMENT for a negative size or a token that is not one of these.
 */
export function pageOf<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string | number,
  request: { readonly pageSize: number; readonly pageToken: string },
  maxPageSize: number,
): Page<T> {
  if (request.pageSize < 0) throw new RpcError('INVALID_ARGUMENT', 'The page size must not be negative.');
  const limit = request.pageSize === 0 ? maxPageSize : Math.min(request.pageSize, maxPageSize);
  const after = request.pageToken === '' ? undefined : keyOfToken(request.pageToken);
  const page: T[] = [];
  for (const item of items) {
    if (after !== undefined && keyOf(item) <= after) continue;
    if (page.length === limit) return { items: page, nextPageToken: tokenOf(keyOf(page[limit - 1] as T)) };
    page.push(item);
  }
  return { items: page, nextPageToken: '' };
}

function tokenOf(key: string | number): string {
  return Buffer.from(JSON.stringify({ after: key })).toString('base64url');
}

function keyOfToken(token: string): string | number {
  try {
    const { after } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { after?: unknown };
    if (typeof after === 'string' || typeof after === 'number') return after;
  } catch {
    // Refused below like any other token that is not ours.
  }
  throw new RpcError('INVALID_ARGUMENT', 'Invalid page token.');
}
