import { PAYLOAD_MAX_BYTES } from '../contract/message.ts';
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

/** What one UTF-16 code unit takes in JSON at the most: `\u001f`. */
const UNIT_MAX_BYTES = 6;
/** Quotes, colon and comma around an entry of `data`. */
const ENTRY_BYTES = 6;

/**
 * Whether `payloadBytes` is within FCM's limit. Most messages are so short that their lengths tell, and are not made into
 * JSON to be measured.
 * @param fixedBytes `payloadBytes` of the same push without its texts and data
 */
export function payloadFits(push: Sized, fixedBytes: number): boolean {
  let most = fixedBytes + UNIT_MAX_BYTES * (push.title.length + push.body.length);
  for (const [key, value] of Object.entries(push.data)) {
    most += ENTRY_BYTES + UNIT_MAX_BYTES * (key.length + value.length);
  }
  return most <= PAYLOAD_MAX_BYTES || payloadBytes(push) <= PAYLOAD_MAX_BYTES;
}
