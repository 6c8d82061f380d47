import { RPC_CODE, rpcCodeOfHttpStatus, type RpcCodeName } from './rpcError.ts';

/** How one HTTP request to a worker ended. */
export type AttemptResult =
  /** The worker answered in time. */
  | { readonly kind: 'response'; readonly status: number; readonly retryAfterMs: number | undefined }
  /** The dispatch deadline passed and the request was cancelled. */
  | { readonly kind: 'deadline' }
  /** No connection, or it broke before an answer came. */
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface AttemptStatus {
  readonly code: RpcCodeName;
  readonly message: string;
}

export function succeeded(result: AttemptResult): boolean {
  return result.kind === 'response' && result.status >= 200 && result.status < 300;
}

/** The `Attempt.response_status` of an ended attempt. */
export function statusOf(result: AttemptResult): AttemptStatus {
  if (result.kind === 'response') {
    return { code: rpcCodeOfHttpStatus(result.status), message: `HTTP status code ${result.status}` };
  }
  if (result.kind === 'deadline') {
    return { code: 'DEADLINE_EXCEEDED', message: 'The worker did not respond within the dispatch deadline' };
  }
  return { code: 'UNAVAILABLE', message: result.reason };
}

/** The text that Cloud Tasks gives as the reason of a retry, for example `INTERNAL(13): HTTP status code 502`. */
export function retryReason(status: AttemptStatus): string {
  return `${status.code}(${RPC_CODE[status.code]}): ${status.message}`;
}
