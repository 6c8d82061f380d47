import { z } from 'zod';
import { OUTCOMES } from './codes.ts';
import { recipientKeySchema } from './ids.ts';
import { namesOne, partNoSchema, recipientSchema } from './recipient.ts';

/** Members and addresses of one test. Each member has at most 10 addresses, so a test is one batch of the sender. */
const TEST_TARGETS_MAX = 20;

/** Where a test goes: to a member of the directory, or to an address as it is. */
const testTargetSchema = z
  .strictObject({
    memberNo: recipientSchema.shape.memberNo,
    token: recipientSchema.shape.token,
    fid: recipientSchema.shape.fid,
    /** Fill placeholders; they come before a member's own. */
    vars: recipientSchema.shape.vars,
    /** What the owner of an inline address agreed to; needed for marketing. */
    consent: recipientSchema.shape.consent,
  })
  .check(namesOne);
export type TestTarget = z.infer<typeof testTargetSchema>;

/** The body of `POST /v1/campaigns/{id}/test`. */
export const testSendSchema = z.strictObject({
  to: z.array(testTargetSchema).min(1).max(TEST_TARGETS_MAX),
  /** Of an upload: the recipient whose texts and variables are tried; the campaign's shared message where absent. */
  recipient: z.strictObject({ part: partNoSchema, key: recipientKeySchema }).optional(),
  /** FCM checks the message (`validate_only`) and delivers nothing. */
  validateOnly: z.boolean().default(false),
});
export type TestSend = z.infer<typeof testSendSchema>;

const testResultSchema = z.object({
  /** Place in `to`, from 0. */
  to: z.number().int().min(0),
  /** The first 8 bytes of the address's SHA-256 in hexadecimal; null where there was no address. */
  address: z.string().nullable(),
  outcome: z.enum(OUTCOMES),
  reason: z.string(),
});
export type TestResult = z.infer<typeof testResultSchema>;

export const testAnswerSchema = z.object({
  validateOnly: z.boolean(),
  /** One element for each address, or one that says why there is none; in the words of the outcomes. */
  results: z.array(testResultSchema),
});
export type TestAnswer = z.infer<typeof testAnswerSchema>;
