/** How a field of the JSON form of a protocol buffer is written. */
export type FieldType =
  | 'string'
  | 'bool'
  | 'int'
  | 'double'
  | 'duration'
  | 'stringMap'
  | 'strings'
  | 'struct'
  | readonly string[]
  | MessageSchema;

/** Field name (snake case) to type. */
export interface MessageSchema {
  readonly fields: Readonly<Record<string, FieldType>>;
}

const FCM_OPTIONS: MessageSchema = { fields: { analytics_label: 'string' } };

const COLOR: MessageSchema = { fields: { red: 'double', green: 'double', blue: 'double', alpha: 'double' } };

const LIGHT_SETTINGS: MessageSchema = {
  fields: { color: COLOR, light_on_duration: 'duration', light_off_duration: 'duration' },
};

const ANDROID_NOTIFICATION: MessageSchema = {
  fields: {
    title: 'string',
    body: 'string',
    icon: 'string',
    color: 'string',
    sound: 'string',
    tag: 'string',
    click_action: 'string',
    body_loc_key: 'string',
    body_loc_args: 'strings',
    title_loc_key: 'string',
    title_loc_args: 'strings',
    channel_id: 'string',
    ticker: 'string',
    sticky: 'bool',
    event_time: 'string',
    local_only: 'bool',
    notification_priority: [
      'PRIORITY_UNSPECIFIED',
      'PRIORITY_MIN',
      'PRIORITY_LOW',
      'PRIORITY_DEFAULT',
      'PRIORITY_HIGH',
      'PRIORITY_MAX',
    ],
    default_sound: 'bool',
    default_vibrate_timings: 'bool',
    default_light_settings: 'bool',
    vibrate_timings: 'strings',
    visibility: ['VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET'],
    notification_count: 'int',
    light_settings: LIGHT_SETTINGS,
    image: 'string',
    bypass_proxy_notification: 'bool',
    proxy: ['PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'],
  },
};

const ANDROID: MessageSchema = {
  fields: {
    collapse_key: 'string',
    // FCM takes both cases.
    priority: ['NORMAL', 'HIGH', 'normal', 'high'],
    ttl: 'duration',
    restricted_package_name: 'string',
    data: 'stringMap',
    notification: ANDROID_NOTIFICATION,
    fcm_options: FCM_OPTIONS,
    direct_boot_ok: 'bool',
    bandwidth_constrained_ok: 'bool',
    restricted_satellite_ok: 'bool',
  },
};

const APNS: MessageSchema = {
  fields: {
    headers: 'stringMap',
    payload: 'struct',
    fcm_options: { fields: { analytics_label: 'string', image: 'string' } },
    live_activity_token: 'string',
  },
};

const WEBPUSH: MessageSchema = {
  fields: {
    headers: 'stringMap',
    data: 'stringMap',
    notification: 'struct',
    fcm_options: { fields: { link: 'string', analytics_label: 'string' } },
  },
};

/**
 * The `Message` of FCM HTTP v1.
 * Source: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 */
const MESSAGE: MessageSchema = {
  fields: {
    name: 'string',
    data: 'stringMap',
    notification: { fields: { title: 'string', body: 'string', image: 'string' } },
    android: ANDROID,
    webpush: WEBPUSH,
    apns: APNS,
    fcm_options: FCM_OPTIONS,
    token: 'string',
    fid: 'string',
    topic: 'string',
    condition: 'string',
  },
};

/** The request around it. */
export const SEND_REQUEST: MessageSchema = { fields: { validate_only: 'bool', message: MESSAGE } };
