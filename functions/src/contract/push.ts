/** A push as it leaves for FCM, and what came of it: the words between the pipeline and a sender. */

export type Address = { readonly token: string } | { readonly fid: string };

/** One push, ready to go: every text filled in, nothing left to look up. */
export interface Push {
  readonly address: Address;
  readonly title: string;
  readonly body: string;
  readonly imageUrl?: string;
  readonly data: Readonly<Record<string, string>>;
  /** The same for every attempt at one message: a device shows the same tag once. 22 characters of base64url. */
  readonly tag: string;
  readonly android: {
    readonly priority?: 'normal' | 'high';
    readonly ttlSeconds?: number;
    readonly channelId?: string;
    readonly clickAction?: string;
    readonly color?: string;
    readonly icon?: string;
    readonly sound?: string;
  };
  readonly apns: {
    readonly badge?: number;
    readonly sound?: string;
    readonly category?: string;
    readonly threadId?: string;
    readonly mutableContent?: boolean;
  };
  readonly webpush: { readonly link?: string; readonly icon?: string };
}

/** FCM's refusals, in its own words where it has one (`errorCode` of the HTTP v1 API), else the closest. */
export type RefusalCode =
  | 'INVALID_ARGUMENT_ADDRESS'
  | 'INVALID_ARGUMENT_PAYLOAD'
  | 'UNREGISTERED'
  | 'SENDER_ID_MISMATCH'
  | 'THIRD_PARTY_AUTH_ERROR'
  | 'CREDENTIALS'
  | 'QUOTA_EXCEEDED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'BAD_GATEWAY'
  | 'UNEXPECTED';

export type SendResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly retryAfterMs?: number }
  /** It surely never reached FCM. */
  | { readonly kind: 'notSent' }
  /** FCM may or may not have accepted it. */
  | { readonly kind: 'ambiguous'; readonly reason: 'timed-out' | 'connection-lost' };
