/** What is known about one POST when it has ended. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The Retry-After header as it came. */
      readonly retryAfter?: string;
      /** What arrived of the body, which may be cut off. */
      readonly body: string;
    }
  /** The server has not seen it and will not. */
  | { readonly kind: 'notSent' }
  /** It was written, or may have been, and nothing came back. */
  | { readonly kind: 'lost'; readonly reason: 'timed-out' | 'connection-lost' };

export const NOT_SENT: Exchange = { kind: 'notSent' };
export const TIMED_OUT: Exchange = { kind: 'lost', reason: 'timed-out' };
export const CONNECTION_LOST: Exchange = { kind: 'lost', reason: 'connection-lost' };
