import type { Message } from 'firebase-admin/messaging';
import type { Push } from '../../contract/push.ts';
import type { SendMode } from '../../ports.ts';

/**
 * The request body of FCM HTTP v1 `projects.messages:send`.
 * Source: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 *
 * The tag goes where each platform looks for the name under which a later notification replaces an earlier one, so
 * that a second copy of one message is shown once. It is not an Android `collapse_key`: FCM keeps 4 of those per
 * device and throttles collapsible messages, while a notification's tag costs nothing.
 */
export function toWire(push: Push, mode: SendMode = 'deliver'): object {
  const { title, body, imageUrl, data, tag, android, apns, webpush } = push;
  return {
    ...(mode === 'validate' ? { validate_only: true } : {}),
    message: {
      ...push.address,
      notification: { title, body, ...optional('image', imageUrl) },
      ...(Object.keys(data).length > 0 ? { data } : {}),
      android: {
        ...optional('priority', android.priority),
        ...optional('ttl', android.ttlSeconds === undefined ? undefined : `${android.ttlSeconds}s`),
        notification: {
          tag,
          ...optional('channel_id', android.channelId),
          ...optional('click_action', android.clickAction),
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
            ...optional('thread-id', apns.threadId),
            ...(apns.mutableContent ? { 'mutable-content': 1 } : {}),
          },
        },
        // FCM reads both cases; the SDK renames every other field to snake case, but not this one.
        ...(imageUrl === undefined ? {} : { fcmOptions: { image: imageUrl } }),
      },
      webpush: {
        headers: { Topic: tag },
        notification: { tag, ...optional('icon', webpush.icon) },
        ...(webpush.link === undefined ? {} : { fcmOptions: { link: webpush.link } }),
      },
    },
  };
}

/** The same message in firebase-admin's words, which put the same JSON on the wire (senderMessage.test.ts compares them). */
export function toAdminMessage(push: Push): Message {
  const { title, body, imageUrl, data, tag, android, apns, webpush } = push;
  return {
    ...push.address,
    notification: { title, body, ...optional('imageUrl', imageUrl) },
    ...(Object.keys(data).length > 0 ? { data: untouched(data) } : {}),
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

/** `{ [name]: value }`, or nothing where there is no value: JSON would carry no field then, but the SDK would see one. */
function optional<K extends string, T>(name: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: T });
}

/** A copy that the SDK takes as it is: out of plain objects it drops the keys `constructor` and `prototype`. */
function untouched(data: Push['data']): Record<string, string> {
  return Object.assign(Object.create(null) as Record<string, string>, data);
}
