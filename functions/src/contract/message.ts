import { z } from 'zod';

/** FCM refuses a payload above this many bytes (https://firebase.google.com/docs/cloud-messaging/concept-options). */
export const PAYLOAD_MAX_BYTES = 4_096;

const dataSchema = z.record(
  z
    .string()
    .min(1)
    .max(100)
    .refine(
      (key) => !/^(from|message_type|google\.|gcm\.|(__proto__|constructor|prototype)$)/.test(key),
      'is a key that FCM or its SDK keeps for itself',
    ),
  z.string(),
);

/**
 * What a push says. Texts may hold `{{name}}` and `{{name|default}}`, filled from the member's `vars`.
 * The platform parts are a closed choice of FCM's fields, so that every transport sends the same.
 */
export const messageSchema = z.strictObject({
  title: z.string().min(1).max(200),
  body: z.string().min(1).max(2_000),
  imageUrl: z
    .url({ protocol: /^https$/, error: 'must be an https URL' })
    .max(1_000)
    .optional(),
  data: dataSchema.optional(),
  android: z
    .strictObject({
      priority: z.enum(['normal', 'high']).optional(),
      /** How long FCM keeps it for a device that is off; at most 28 days (fcm.googleapis.com's own limit). */
      ttlSeconds: z.number().int().min(0).max(2_419_200).optional(),
      channelId: z.string().min(1).max(100).optional(),
      clickAction: z.string().min(1).max(200).optional(),
      color: z
        .string()
        .regex(/^#[0-9A-Fa-f]{6}$/, 'must be #rrggbb')
        .optional(),
      icon: z.string().min(1).max(100).optional(),
      sound: z.string().min(1).max(100).optional(),
    })
    .optional(),
  apns: z
    .strictObject({
      badge: z.number().int().min(0).optional(),
      sound: z.string().min(1).max(100).optional(),
      category: z.string().min(1).max(100).optional(),
      threadId: z.string().min(1).max(64).optional(),
      mutableContent: z.boolean().optional(),
    })
    .optional(),
  webpush: z
    .strictObject({
      link: z
        .url({ protocol: /^https$/, error: 'must be an https URL' })
        .max(1_000)
        .optional(),
      icon: z
        .url({ protocol: /^https$/, error: 'must be an https URL' })
        .max(1_000)
        .optional(),
    })
    .optional(),
});
export type MessageTemplate = z.infer<typeof messageSchema>;

/** What all recipients of an upload have in common: a title and a body may be left to each of them. */
export const sharedMessageSchema = messageSchema.partial({ title: true, body: true });
export type SharedMessage = z.infer<typeof sharedMessageSchema>;
