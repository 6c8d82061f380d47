import { isObject, type JsonObject } from './protoJson.ts';

/** What the receiving app can show or read. */
export interface Content {
  readonly title: string | null;
  readonly body: string | null;
  readonly image: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
}

/**
 * The tag under which a device shows the message: a later message with the same one replaces it.
 *
 * A token does not say its platform, so the first that is set counts: `android.notification.tag`,
 * `apns.headers.apns-collapse-id`, `webpush.notification.tag`. Undefined where none is set.
 */
export function tagOf(message: JsonObject): string | undefined {
  return (
    text(dig(message, 'android', 'notification'), 'tag') ??
    text(dig(message, 'apns', 'headers'), 'apns-collapse-id') ??
    text(dig(message, 'webpush', 'notification'), 'tag')
  );
}

/** Title, body and image as set for all platforms, or else by the first platform that sets them; and `data`. */
export function contentOf(message: JsonObject): Content {
  const sources = [
    dig(message, 'notification'),
    dig(message, 'android', 'notification'),
    dig(message, 'webpush', 'notification'),
    dig(message, 'apns', 'payload', 'aps', 'alert'),
  ];
  const first = (name: string): string | null => {
    for (const source of sources) {
      const value = text(source, name);
      if (value !== undefined) return value;
    }
    return null;
  };
  const data = dig(message, 'data') ?? null;
  return { title: first('title'), body: first('body'), image: first('image'), data };
}

function dig(object: JsonObject, ...path: string[]): JsonObject | undefined {
  let at: unknown = object;
  for (const name of path) {
    if (!isObject(at)) return undefined;
    at = at[name];
  }
  return isObject(at) ? at : undefined;
}

function text(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
