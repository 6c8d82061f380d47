import { z } from 'zod';
import { customIssue } from './customIssue.ts';
import { CAMPAIGN_STATES, ENDINGS } from './codes.ts';
import { campaignIdSchema, memberNoSchema } from './ids.ts';
import { sharedMessageSchema } from './message.ts';
import { costSchema, operationsSchema } from './operations.ts';
import { scheduleSchema, scheduleWarningSchema } from './schedule.ts';

const tagList = z.array(z.string().min(1).max(40)).min(1).max(20);

/** Which members of the range are meant; every given condition must hold. */
export const whereSchema = z.strictObject({
  tagsAny: tagList.optional(),
  tagsAll: tagList.optional(),
  tagsNone: tagList.optional(),
});
export type Where = z.infer<typeof whereSchema>;

export const memberRangeSchema = z
  .strictObject({
    /** First member number, included. */
    from: memberNoSchema,
    /** Last member number, included. */
    to: memberNoSchema,
    where: whereSchema.optional(),
  })
  .refine((range) => range.from <= range.to, { error: 'from must not be above to', path: ['from'] });
export type MemberRange = z.infer<typeof memberRangeSchema>;

/** What an advertisement has to say of itself. */
export const adLabelSchema = z.strictObject({
  /** Who advertises, in the words that stand in the message. */
  sender: z.string().min(1).max(100),
  /** How to opt out for free, in the words that stand in the message. */
  optOut: z.string().min(1).max(200),
  /** Puts the label in front of the title, and sender and opt-out at the end of the body, where they are missing. */
  autoLabel: z.boolean().default(false),
});
export type AdLabel = z.infer<typeof adLabelSchema>;

/** How fast a campaign may be. */
const paceSchema = z.strictObject({
  /** Messages a second, retries included; kept within 5% over any 10 s. At most the project's budget. */
  perSecond: z.number().int().min(1),
});

/** Whom a campaign is for: members of the directory, or recipients that are uploaded to it one by one. */
const audienceSchema = z.union([
  z.strictObject({ members: memberRangeSchema }),
  z.strictObject({ recipients: z.strictObject({}) }),
]);

/** What the fields ask of one another. */
export function checkCampaign({ value, issues }: z.core.ParsePayload<CampaignFields>): void {
  if (value.kind === 'transactional' && value.policy.cap !== undefined) {
    issues.push(customIssue(value, ['policy', 'cap'], 'is for marketing: what is not advertising is not capped'));
  }
  if ('recipients' in value.audience) {
    if (value.start === true)
      issues.push(customIssue(value, ['start'], 'must not be true: an upload is started when it is complete'));
    return;
  }
  for (const field of ['title', 'body'] as const) {
    if (value.message[field] === undefined) issues.push(customIssue(value, ['message', field], 'is required'));
  }
}

interface CampaignFields {
  readonly kind: 'marketing' | 'transactional';
  readonly policy: { readonly cap?: object | undefined };
  readonly audience: z.infer<typeof audienceSchema>;
  readonly message: z.infer<typeof sharedMessageSchema>;
  readonly start?: boolean | undefined;
}

/** On one day of the member's calendar, and on seven days of it one after the other. */
const capSchema = z
  .strictObject({
    perDay: z.number().int().min(1).max(100).optional(),
    perWeek: z.number().int().min(1).max(100).optional(),
  })
  .refine(({ perDay, perWeek }) => perDay !== undefined || perWeek !== undefined, {
    error: 'needs perDay, perWeek or both',
  });

/** A week: uploaded recipients hold personal data. */
const KEEP_MAX_HOURS = 168;

/**
 * The body of `POST /v1/campaigns`. Unknown fields are refused, those of later versions too: a limit that was silently
 * dropped would not hold.
 */
export const campaignRequestSchema = z
  .strictObject({
    id: campaignIdSchema,
    /** `marketing` needs each member's consent; `transactional` does not, and that choice is audited. */
    kind: z.enum(['marketing', 'transactional']),
    audience: audienceSchema,
    message: sharedMessageSchema,
    /** Counts from the start: what is started later than `at` is sent at once. */
    schedule: scheduleSchema.optional(),
    policy: z
      .strictObject({
        /** Advertising that meets the recipient's night without consent to it: goes out when the night is over, or not at all. */
        night: z.enum(['hold', 'suppress']).default('hold'),
        /** What happens to a message that FCM may or may not have accepted. */
        onAmbiguous: z.enum(['resend', 'record']).default('resend'),
        /** Attempts at one message, the first included, before it is `failed`. */
        maxAttempts: z.number().int().min(1).max(20).default(6),
        /** Campaigns that may write to one member; the deployment's own cap holds beside it, and the stricter wins. */
        cap: capSchema.optional(),
        /**
         * Hours for which the recipients of an upload are kept when it has ended with messages that failed, so that it can be
         * redriven. 0: they are deleted with its end, and it cannot.
         */
        keepForRedriveHours: z.number().int().min(0).max(KEEP_MAX_HOURS).default(0),
      })
      .default({ night: 'hold', onAmbiguous: 'resend', maxAttempts: 6, keepForRedriveHours: 0 }),
    /** Where it is absent the campaign is as fast as the project's budget lets it be. */
    pace: paceSchema.optional(),
    /** Needed for `marketing`. */
    ad: adLabelSchema.optional(),
    /**
     * `false` leaves the campaign a draft until `POST /v1/campaigns/{id}/start`. Where absent: true for members; an upload
     * is a draft until it is complete.
     */
    start: z.boolean().optional(),
  })
  .check(checkCampaign);
export type CampaignRequest = z.infer<typeof campaignRequestSchema>;

/** The body of `PATCH /v1/campaigns/{id}`: what is given takes the place of what was there, as a whole; all else stays. */
export const campaignPatchSchema = z.strictObject({
  /** `null`: at once. */
  schedule: scheduleSchema.nullable().optional(),
  /** `null`: as fast as the project's budget lets it be. */
  pace: paceSchema.nullable().optional(),
});
export type CampaignPatch = z.infer<typeof campaignPatchSchema>;

const count = z.number().int().min(0);

const outcomeCountsSchema = z.object({
  accepted: count,
  invalid: count,
  failed: count,
  suppressed: count,
  expired: count,
  cancelled: count,
  unknown: count,
});
export type OutcomeCounts = z.infer<typeof outcomeCountsSchema>;

/**
 * The answer of `GET /v1/campaigns/{id}`. Times are ISO 8601 in UTC. Answers may gain fields, so that whoever reads them
 * has to let unknown ones pass.
 */
export const campaignViewSchema = z.object({
  id: campaignIdSchema,
  kind: z.enum(['marketing', 'transactional']),
  state: z.enum(CAMPAIGN_STATES),
  /** What a `running` campaign will end as: nothing is sent any more, and what is left gets its outcome. Else null. */
  ending: z.enum(ENDINGS).nullable(),
  audience: audienceSchema,
  schedule: scheduleSchema.nullable(),
  /** When it starts, or was to start; null for a draft. */
  startsAt: z.iso.datetime().nullable(),
  /** Advice that the schedule does not follow; empty once the campaign has begun. */
  warnings: z.array(scheduleWarningSchema),
  policy: campaignRequestSchema.shape.policy.unwrap(),
  /** What the campaign asked for, null where it did not; and what it may send in a second now. */
  pace: z.object({ perSecond: z.number().int().nullable(), grantedPerSecond: z.number().min(0) }),
  /** Messages planned so far; final once every range is walked (`walked`). */
  planned: count,
  /** The audience has been read to its end. */
  walked: z.boolean(),
  outcomes: outcomeCountsSchema,
  /** Messages by `<outcome>.<reason>`; also `retry.<reason>` for those that go out again. */
  reasons: z.record(z.string(), count),
  /** Planned messages without an outcome yet. */
  pending: count,
  /** The outcomes add up to what was planned, and nothing is pending. */
  conserved: z.boolean(),
  /** Messages that were sent again because FCM may or may not have accepted them the first time. */
  resent: count,
  /** Share of the audience's member numbers, or of the upload's pages, that has been walked, 0 to 1. */
  progress: z.number().min(0).max(1),
  /** Messages with an outcome per second since the start; 0 before. */
  ratePerSecond: z.number().min(0),
  /** Seconds until the end at the present rate; null where it cannot be told. */
  etaSeconds: z.number().min(0).nullable(),
  /** Until when what was uploaded is kept, so that a redrive can send it; null where it is not, or the campaign has not ended. */
  recipientsKeptUntil: z.iso.datetime().nullable(),
  /** Why it is `halted`, and what to do about it, in plain words; else null. */
  haltedBecause: z.string().nullable(),
  /** What an operator should know, in plain words. */
  problems: z.array(z.string()),
  /** Messages and tasks of the pipeline that were given up: how many, and the last ten. The conductor asks for them anew. */
  deadLetters: z.object({
    count,
    latest: z.array(z.object({ at: z.iso.datetime(), source: z.string(), reason: z.string() })),
  }),
  operations: operationsSchema,
  cost: costSchema,
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  createdBy: z.string(),
  /** Who did what to the campaign, in order. */
  audit: z.array(z.strictObject({ at: z.iso.datetime(), who: z.string(), what: z.string() })),
});
export type CampaignView = z.infer<typeof campaignViewSchema>;

/** One page of `GET /v1/campaigns`, newest first. */
export const campaignListSchema = z.object({
  campaigns: z.array(campaignViewSchema),
  /** Give it back as `?cursor=` for the next page; null at the end. */
  cursor: z.string().nullable(),
});
export type CampaignList = z.infer<typeof campaignListSchema>;

/** One line of `GET /v1/campaigns/{id}/outcomes`, and an element of what is told of one recipient. */
export const outcomeLineSchema = z.object({
  key: z.string(),
  /** An outcome, or `claimed`, `retry` or `held` while it has none. */
  outcome: z.string(),
  reason: z.string(),
  /** The first 8 bytes of the address's SHA-256 in hexadecimal; null where there was no address. */
  address: z.string().nullable(),
  /** Attempts begun at this message, the first included; 0 where nothing was sent. */
  attempts: count,
  /** When the marketing consent that the message relied on was given; null where it relied on none. */
  consentAt: z.iso.datetime().nullable(),
  /** When the consent to advertising at night that it relied on was given; null where it needed none. */
  nightConsentAt: z.iso.datetime().nullable(),
  at: z.iso.datetime(),
});
export type OutcomeLine = z.infer<typeof outcomeLineSchema>;

/** The answer of `GET /v1/campaigns/{id}/outcomes/{key}`: one element for each address. */
export const recipientOutcomesSchema = z.object({ key: z.string(), messages: z.array(outcomeLineSchema) });
export type RecipientOutcomes = z.infer<typeof recipientOutcomesSchema>;
