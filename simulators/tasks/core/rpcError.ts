/** Status codes of google.rpc.Code that this server answers with. */
export const RPC_CODE = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export type RpcCodeName = keyof typeof RPC_CODE;

/** A refusal that the gRPC face passes on unchanged. The messages are production's own where they are known. */
export class RpcError extends Error {
  readonly code: RpcCodeName;

  constructor(code: RpcCodeName, message: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
  }
}

/**
 * The google.rpc code under which Cloud Tasks files a worker's HTTP status (`Attempt.response_status`).
 * Its console shows a 502 as `INTERNAL(13): HTTP status code 502`; the table is google/rpc/code.proto read backwards.
 */
export function rpcCodeOfHttpStatus(status: number): RpcCodeName {
  if (status >= 200 && status < 300) return 'OK';
  switch (status) {
    case 400:
      return 'INVALID_ARGUMENT';
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
      return 'NOT_FOUND';
    case 409:
      return 'ABORTED';
    case 429:
      return 'RESOURCE_EXHAUSTED';
    case 499:
      return 'CANCELLED';
    case 501:
      return 'UNIMPLEMENTED';
    case 503:
      return 'UNAVAILABLE';
    case 504:
      return 'DEADLINE_EXCEEDED';
    default:
      if (status >= 500) return 'INTERNAL';
      return status >= 400 ? 'FAILED_PRECONDITION' : 'UNKNOWN';
  }
}
