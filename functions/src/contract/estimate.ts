import { z } from 'zod';
import { campaignRequestSchema, checkCampaign } from './campaign.ts';
import { customIssue } from './customIssue.ts';
import { campaignIdSchema } from './ids.ts';
import { costSchema, operationsSchema } from './operations.ts';
import { PART_MAX_LINES, PARTS_MAX } from './recipient.ts';

/** The body of `POST /v1/estimate`: a campaign as it would be created, its id or not. */
export const estimateRequestSchema = z
  .strictObject({
    ...campaignRequestSchema.shape,
    id: campaignIdSchema.default('estimate'),
    /** Of an upload: how many recipients there will be. */
    recipients: z
      .number()
      .int()
      .min(1)
      .max(PARTS_MAX * PART_MAX_LINES)
      .optional(),
  })
  .check(checkCampaign)
  .check(({ value, issues }) => {
    const uploads = 'recipients' in value.audience;
    if (uploads && value.recipients === undefined) {
      issues.push(customIssue(value, ['recipients'], 'is required: the campaign is for an upload'));
    }
    if (!uploads && value.recipients !== undefined) {
      issues.push(customIssue(value, ['recipients'], 'is for uploads: members are counted in the directory'));
    }
  });
export type EstimateRequest = z.infer<typeof estimateRequestSchema>;

const count = z.number().int().min(0);

/** The answer of `POST /v1/estimate`. Nothing is stored. */
export const estimateSchema = z.object({
  /** Members that the audience means, or recipients to come. */
  recipients: count,
  /** Messages that the campaign would plan. */
  messages: count,
  /** Of these, those that would go to FCM, at its time or when what holds them is over. */
  pushes: count,
  /** Every member was looked at; else they are reckoned from a sample of the directory's pages. */
  exact: z.boolean(),
  /** From its start to its end, at its pace and where nothing fails. */
  seconds: count,
  operations: operationsSchema,
  /** Of these operations; `perMillionUsd` is for a million pushes. */
  cost: costSchema,
  /** What should be known before it is sent. */
  warnings: z.array(z.string()),
});
export type Estimate = z.infer<typeof estimateSchema>;
