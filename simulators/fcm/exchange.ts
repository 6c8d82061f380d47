/** Status and header fields of a response, lower-case names. Made once and shared: transports cache by identity. */
export interface ReplyHead {
  readonly status: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface Reply {
  readonly head: ReplyHead;
  readonly body: string;
}

/** A request whose last octet has arrived. */
export interface SendRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: Buffer;
  /** True where the transport gave up reading the body because it was above its limit. */
  readonly oversized: boolean;
}

/**
 * One request and every way in which it may end. A transport implements it; each method may be called once the
 * client is gone, and then does nothing.
 */
export interface Exchange {
  /** Number of the connection, for the arrival log. */
  readonly connectionId: number;
  respond(reply: Reply): void;
  /** Headers, the first `bodyBytes` octets of the body, then a reset: the client never sees the end. */
  respondPartly(reply: Reply, bodyBytes: number): void;
  /** RST_STREAM with the code. HTTP/1.1 has no streams: there the connection is reset. */
  reset(code: number): void;
  /** Destroys the connection and everything else that is open on it. */
  destroyConnection(): void;
  /** Announces that the connection takes no more requests; what has arrived is still answered. */
  goAway(): void;
  /** Announces that neither this request nor any later one was looked at. */
  cutOff(): void;
}

/** What a transport does with a complete request. */
export type RequestHandler = (exchange: Exchange, request: SendRequest) => void;
