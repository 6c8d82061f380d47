import { z } from 'zod';
import { batchIdSchema, campaignIdSchema } from './ids.ts';

/** Pub/Sub topics. Their names are part of the deployment. */
export const RANGES_TOPIC = 'ranges';
export const DEAD_LETTER_TOPIC = 'dead-letter';

const index = z.number().int().min(0);

/** The Pub/Sub message that releases one range. */
export const rangeSignalSchema = z.strictObject({ campaignId: campaignIdSchema, range: index });
export type RangeSignal = z.infer<typeof rangeSignalSchema>;

export const launchTaskSchema = z.strictObject({ campaignId: campaignIdSchema });
export type LaunchTask = z.infer<typeof launchTaskSchema>;

export const conductTaskSchema = z.strictObject({ campaignId: campaignIdSchema, tick: index });
export type ConductTask = z.infer<typeof conductTaskSchema>;

/** Asks for one batch's `retry` messages to go out again; no payload travels in it. */
export const retryTaskSchema = z.strictObject({
  campaignId: campaignIdSchema,
  batchId: batchIdSchema,
  /** The attempt that this task makes; a task that comes late or twice finds the ledger ahead and does nothing. */
  attempt: z.number().int().min(2),
  /** Sent though the campaign rests, to see whether FCM answers again. */
  probe: z.literal(true).optional(),
});
export type RetryTask = z.infer<typeof retryTaskSchema>;

/** Lets the directory take over what a campaign that has ended found out about addresses, from one of its ranges on. */
export const careTaskSchema = z.strictObject({ campaignId: campaignIdSchema, from: index });
export type CareTask = z.infer<typeof careTaskSchema>;

/** What all of these have in common, whatever else one holds. */
export const namedCampaignSchema = z.object({ campaignId: campaignIdSchema });

/** Each task function with what it is sent; the function's name is also its queue's. */
export const taskSchemas = {
  launch: launchTaskSchema,
  conduct: conductTaskSchema,
  retry: retryTaskSchema,
  care: careTaskSchema,
} as const;
export type TaskPayloads = { launch: LaunchTask; conduct: ConductTask; retry: RetryTask; care: CareTask };
export type TaskName = keyof TaskPayloads;
