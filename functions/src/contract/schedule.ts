import { z } from 'zod';
import { customIssue } from './customIssue.ts';
import { instant } from './member.ts';

/** When a campaign is sent; at once where absent. */
export const scheduleSchema = z
  .strictObject({
    /** When it starts. Beside `localTime` only the day counts, as the calendar of the country's time zone has it. */
    at: instant.optional(),
    /** From then on nothing is sent any more; what has no outcome by then is `expired`. */
    until: instant.optional(),
    /** `HH:MM` or `HH:MM:SS`: each member is written to when the clocks of their own time zone show it on the day of `at`. */
    localTime: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'must be a time of day such as 10:30 or 10:30:00')
      .optional(),
  })
  .check(({ value, issues }) => {
    const { at, until, localTime } = value;
    if (localTime !== undefined && at === undefined) {
      issues.push(customIssue(value, ['at'], 'is required beside localTime: it says the day'));
    }
    if (localTime === undefined && at !== undefined && until !== undefined && Date.parse(until) <= Date.parse(at)) {
      issues.push(customIssue(value, ['until'], 'must be later than at'));
    }
  });
export type Schedule = z.infer<typeof scheduleSchema>;

/** Advice that a schedule does not follow; the campaign is taken all the same. */
export const scheduleWarningSchema = z.object({
  /** JSON pointer to the field of the campaign that it is about. */
  field: z.enum(['/schedule/at', '/schedule/localTime']),
  message: z.string(),
  /** The next value of the field that follows the advice. */
  nextGoodMinute: z.string(),
});
export type ScheduleWarning = z.infer<typeof scheduleWarningSchema>;
