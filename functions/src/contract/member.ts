import { z } from 'zod';
import { memberNoSchema } from './ids.ts';

/**
 * A member as JSON may take at most this many bytes: 500 members share one Firestore document of at most 1 MiB
 * (1,048,576 bytes; https://firebase.google.com/docs/firestore/quotas), and field names take their part of it.
 */
export const MEMBER_MAX_BYTES = 2_000;

const platformSchema = z.enum(['android', 'ios', 'web']);

/** A moment as callers write it. */
export const instant = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 date and time with an offset or Z' });

/** One device's FCM address: a registration token or, newer, a Firebase installation ID. */
export const addressSchema = z
  .strictObject({
    token: z.string().min(1).max(1_000).optional(),
    fid: z.string().min(1).max(1_000).optional(),
    platform: platformSchema.optional(),
    /** When the app registered it. An address that FCM called dead is used again when it was registered since. */
    registeredAt: instant.optional(),
  })
  .refine((address) => (address.token === undefined) !== (address.fid === undefined), {
    error: 'needs exactly one of token and fid',
  });
export type MemberAddress = z.infer<typeof addressSchema>;

/** A choice the member made: granted or refused, and when. `null` or absent: never chosen, which means no. */
export const choiceSchema = z.strictObject({ granted: z.boolean(), at: instant });
export type Choice = z.infer<typeof choiceSchema>;

export const consentSchema = z.strictObject({
  marketing: choiceSchema.nullable().optional(),
  night: choiceSchema.nullable().optional(),
});

/** Values for the placeholders of a message. */
export const varsSchema = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,39}$/), z.string().max(500));

export const memberSchema = z.strictObject({
  memberNo: memberNoSchema,
  addresses: z.array(addressSchema).max(10).default([]),
  consent: consentSchema.default({}),
  /** IANA time zone name; the deployment's default where absent. */
  timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone name such as Asia/Seoul').optional(),
  vars: varsSchema.default({}),
  tags: z.array(z.string().min(1).max(40)).max(20).default([]),
});
export type Member = z.infer<typeof memberSchema>;

export const QUARANTINE_REASONS = ['unregistered', 'malformed', 'sender-mismatch'] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

/** A member as it is shown: with what was found out about its addresses. */
export const memberViewSchema = memberSchema.extend({
  addresses: z.array(
    addressSchema.safeExtend({
      /** It is not used, because FCM refused it in a campaign that began at `since`; see docs/addresses.md. */
      quarantine: z.strictObject({ since: z.iso.datetime(), reason: z.enum(QUARANTINE_REASONS) }).optional(),
    }),
  ),
});
export type MemberView = z.infer<typeof memberViewSchema>;

/**
 * The body of `PATCH /v1/members/{memberNo}`: what is given takes the place of what was known, all else stays. Of
 * `consent` each kind is taken by itself.
 */
export const memberPatchSchema = z.strictObject({
  addresses: z.array(addressSchema).max(10).optional(),
  consent: z
    .strictObject({ marketing: choiceSchema.nullable().optional(), night: choiceSchema.nullable().optional() })
    .optional(),
  /** `null`: the deployment's default. */
  timeZone: memberSchema.shape.timeZone.unwrap().nullable().optional(),
  vars: memberSchema.shape.vars.unwrap().optional(),
  tags: memberSchema.shape.tags.unwrap().optional(),
});
export type MemberPatch = z.infer<typeof memberPatchSchema>;

/** One line of `GET /v1/members/consents`: a consent that is to be confirmed again. */
export const consentDueSchema = z.object({
  memberNo: memberNoSchema,
  kind: z.enum(['marketing', 'night']),
  grantedAt: z.iso.datetime(),
  dueAt: z.iso.datetime(),
});
export type ConsentDue = z.infer<typeof consentDueSchema>;

export const membersAnswerSchema = z.object({
  /** Lines read and stored. */
  members: z.number().int(),
  /** Firestore documents written. */
  pages: z.number().int(),
});
export type MembersAnswer = z.infer<typeof membersAnswerSchema>;

/** Asking Intl takes 50 us, and ten thousand members of an upload share a few zones; there are about 600 names. */
const knownZones = new Map<string, boolean>();
const KNOWN_ZONES_MAX = 1_000;

function isTimeZone(name: string): boolean {
  const known = knownZones.get(name);
  if (known !== undefined) return known;
  const valid = asksIntl(name);
  if (knownZones.size < KNOWN_ZONES_MAX) knownZones.set(name, valid);
  return valid;
}

function asksIntl(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
