import type { Push } from '../contract/push.ts';

type Sized = Pick<Push, 'title' | 'body' | 'imageUrl' | 'data' | 'android' | 'apns' | 'webpush'>;

/**
 * Bytes that FCM's 4,096-byte limit is held against: the UTF-8 JSON of all that a device is sent. FCM does not publish
 * how it counts; this counts keys and punctuation too, so it never lets through what FCM refuses.
 */
export function payloadBytes(push: Sized): number {
  const { title, body, imageUrl, data, android, apns, webpush } = push;
  return Buffer.byteLength(JSON.stringify({ title, body, imageUrl, data, android, apns, webpush }));
}
