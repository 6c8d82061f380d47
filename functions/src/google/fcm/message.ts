import type { Message } from 'firebase-admin/messaging';
import type { Push } from '../../contract/push.ts';
import type { SendMode } from '../../ports.ts';

/**
 * The request body of FCM HTTP v1 `projects.messages:send`, as JSON.
 * Source: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 *
 * The tag goes where each platform looks for the name under which a later notification replaces an earlier one, so
 * that a second copy of one message is shown once. It is not an Android `collapse_key`: FCM keeps 4 of those per
 * device and throttles collapsible messages, while a notification's tag costs nothing.
 */
export function toWireJson(push: Push, mode: SendMode = 'deliver'): string {
  const { title, body, imageUrl, data, tag, android, apns, webpush } = push;
  // What is undefined is no field of the JSON.
  return JSON.stringify({
    validate_only: mode === 'validate' ? true : undefined,
    message: {
      ...push.address,
      notification: { title, body, image: imageUrl },
      data: hasEntries(data) ? data : undefined,
      android: {
        priority: android.priority,
        ttl: android.ttlSeconds === undefined ? undefined : `${android.ttlSeconds}s`,
        notification: {
          tag,
          channel_id: android.channelId,
          click_action: android.clickAction,
          color: android.color,
          icon: android.icon,
          sound: android.sound,
        },
      },
      apns: {
        headers: { 'apns-collapse-id': tag },
        payload: {
          aps: {
            badge: apns.badge,
            sound: apns.sound,
            category: apns.category,
            'thread-id': apns.threadId,
            'mutable-content': apns.mutableContent ? 1 : undefined,
          },
        },
        // FCM reads both cases; the SDK renames every other field to snake case, but not this one.
        fcmOptions: imageUrl === undefined ? undefined : { image: imageUrl },
      },
      webpush: {
        headers: { Topic: tag },
        notification: { tag, icon: webpush.icon },
        fcmOptions: webpush.link === undefined ? undefined : { link: webpush.link },
      },
    },
  });
}

/** The same message in firebase-admin's words, which put the same JSON on the wire (senderMessage.test.ts compares them). */
export function toAdminMessage(push: Push): Message {
  const { title, body, imageUrl, data, tag, android, apns, webpush } = push;
  return {
    ...push.address,
    notification: { title, body, ...optional('imageUrl', imageUrl) },
    ...(hasEntries(data) ? { data: untouched(data) } : {}),
    android: {
      ...optional('priority', android.priority),
      ...optional('ttl', android.ttlSeconds === undefined ? undefined : android.ttlSeconds * 1000),
      notification: {
        tag,
        ...optional('channelId', android.channelId),
        ...optional('clickAction', android.clickAction),
        ...optional('color', android.color),
        ...optional('icon', android.icon),
        ...optional('sound', android.sound),
      },
    },
    apns: {
      headers: { 'apns-collapse-id': tag },
      payload: {
        aps: {
          ...optional('badge', apns.badge),
          ...optional('sound', apns.sound),
          ...optional('category', apns.category),
          ...optional('threadId', apns.threadId),
          ...(apns.mutableContent ? { mutableContent: true } : {}),
        },
      },
      ...(imageUrl === undefined ? {} : { fcmOptions: { imageUrl } }),
    },
    webpush: {
      headers: { Topic: tag },
      notification: { tag, ...optional('icon', webpush.icon) },
      ...(webpush.link === undefined ? {} : { fcmOptions: { link: webpush.link } }),
    },
  };
}

function hasEntries(data: Push['data']): boolean {
  return Object.keys(data).length > 0;
}

/** `{ [name]: value }`, or nothing where there is no value: of an undefined one the SDK would see a field. */
function optional<K extends string, T>(name: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: T });
}

/** A copy that the SDK takes as it is: out of plain objects it drops the keys `constructor` and `prototype`. */
function untouched(data: Push['data']): Record<string, string> {
  return Object.assign(Object.create(null) as Record<string, string>, data);
}
