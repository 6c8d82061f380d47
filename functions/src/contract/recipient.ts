import { z } from 'zod';
import { customIssue } from './customIssue.ts';
import { consentSchema, varsSchema } from './member.ts';
import { memberNoSchema, recipientKeySchema } from './ids.ts';
import { messageSchema } from './message.ts';

/** Lines of one part of an upload. */
export const PART_MAX_LINES = 10_000;
/** Parts of one upload: 10 million recipients. */
export const PARTS_MAX = 1_000;
/**
 * Bytes of one line. A payload of 4,096 bytes takes up to 12,288 where every character of it is escaped as JSON allows
 * (`\u00e9` for a character of 2 bytes), and the rest is for what is not part of it.
 */
export const RECIPIENT_LINE_MAX_BYTES = 16_384;

interface Addressee {
  readonly memberNo?: number | undefined;
  readonly token?: string | undefined;
  readonly fid?: string | undefined;
  readonly consent?: unknown;
}

/** Checks that it is a member of the directory or one address, and that only an address brings its own consent. */
export function namesOne({ value, issues }: z.core.ParsePayload<Addressee>): void {
  const named = [value.memberNo, value.token, value.fid].filter((name) => name !== undefined).length;
  if (named !== 1) issues.push(customIssue(value, [], 'needs exactly one of memberNo, token and fid'));
  if (value.memberNo !== undefined && value.consent !== undefined) {
    issues.push(customIssue(value, ['consent'], "goes with an inline address; a member's consent is in the directory"));
  }
}

/** One line of an upload: one recipient, and what is said to this one alone. */
export const recipientSchema = z
  .strictObject({
    /** Names the recipient within the campaign; outcomes are told under it. */
    key: recipientKeySchema,
    /** Address, consent and variables are looked up in the directory when the message is sent. */
    memberNo: memberNoSchema.optional(),
    token: z.string().min(1).max(1_000).optional(),
    fid: z.string().min(1).max(1_000).optional(),
    /** Texts of this recipient's own take the place of the campaign's; `data` is added to the campaign's. */
    title: messageSchema.shape.title.optional(),
    body: messageSchema.shape.body.optional(),
    imageUrl: messageSchema.shape.imageUrl,
    data: messageSchema.shape.data,
    /** Fill placeholders; a member's own come second. */
    vars: varsSchema.optional(),
    /** The caller's statement of what the owner of an inline address agreed to; needed for marketing. */
    consent: consentSchema.optional(),
  })
  .check(namesOne);
export type UploadedRecipient = z.infer<typeof recipientSchema>;

export const partNoSchema = z.number().int().min(1).max(PARTS_MAX);

export const partAnswerSchema = z.object({
  part: partNoSchema,
  /** Lines read and stored. */
  recipients: z.number().int(),
  /** Firestore documents that hold them. */
  pages: z.number().int(),
});
export type PartAnswer = z.infer<typeof partAnswerSchema>;

/** What the caller uploaded, to be held against what arrived. */
const sealSchema = z.strictObject({
  parts: partNoSchema,
  recipients: z
    .number()
    .int()
    .min(1)
    .max(PARTS_MAX * PART_MAX_LINES),
});
export type Seal = z.infer<typeof sealSchema>;

/** The body of `POST …/start`: the seal of an upload, or nothing for a campaign to members. */
export const startSchema = sealSchema
  .partial()
  .check(({ value, issues }) => {
    for (const [field, other] of [
      ['parts', 'recipients'],
      ['recipients', 'parts'],
    ] as const) {
      if (value[field] === undefined && value[other] !== undefined) {
        issues.push(customIssue(value, [field], 'is required'));
      }
    }
  })
  .transform(({ parts, recipients }): Seal | null =>
    parts === undefined || recipients === undefined ? null : { parts, recipients },
  );
