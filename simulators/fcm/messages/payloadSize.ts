import { isObject, type JsonObject } from './protoJson.ts';

/** FCM's limit on what reaches a device. Source: https://firebase.google.com/docs/cloud-messaging/customize-messages/set-message-type */
export const MAX_PAYLOAD_BYTES = 4096;

/**
 * Size of the largest platform's payload, in octets.
 *
 * Google does not publish how it counts. Here: the UTF-8 octets of the keys and values of `notification` and `data`
 * together with what the platform's own section adds to them (android: `notification` and `data`; apns: `payload`;
 * webpush: `notification` and `data`). Numbers, booleans and null count as written; delivery options do not count.
 */
export function payloadBytes(message: JsonObject): number {
  const common = weigh(message['notification']) + weigh(message['data']);
  const android = section(message, 'android');
  const webpush = section(message, 'webpush');
  const extra = Math.max(
    weigh(android?.['notification']) + weigh(android?.['data']),
    weigh(section(message, 'apns')?.['payload']),
    weigh(webpush?.['notification']) + weigh(webpush?.['data']),
  );
  return common + extra;
}

function section(message: JsonObject, name: string): JsonObject | undefined {
  const value = message[name];
  return isObject(value) ? value : undefined;
}

function weigh(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).length;
  let bytes = 0;
  if (Array.isArray(value)) {
    for (const item of value) bytes += weigh(item);
    return bytes;
  }
  for (const [key, item] of Object.entries(value)) bytes += Buffer.byteLength(key) + weigh(item);
  return bytes;
}
