import type { CampaignRequest } from '../contract/campaign.ts';
import { ProblemError } from '../contract/problem.ts';
import { AD_RULES } from '../core/adRules.ts';
import { checkSchedule, launchAtMs, timingOf, type Timing } from '../core/schedule.ts';
import { taskName } from '../core/taskName.ts';
import type { World } from '../ports.ts';
import type { CampaignRecord } from '../store/records.ts';

/** A campaign's schedule, by the clocks of the country. */
export function campaignTiming({ settings }: World, { schedule }: CampaignRequest): Timing {
  return timingOf(schedule, AD_RULES[settings.country].timeZone);
}

/**
 * What makes a campaign a scheduled one: due at its time, or now where that has passed.
 * @throws ProblemError `conflict` where nothing could be sent any more
 */
export function asScheduled(
  world: World,
  request: CampaignRequest,
): Pick<CampaignRecord, 'state' | 'startsAtMs' | 'nextTickAtMs'> {
  const nowMs = world.clock.now();
  const { startsAtMs, untilMs } = campaignTiming(world, request);
  if (untilMs <= nowMs) {
    throw new ProblemError(
      'conflict',
      'The schedule’s until has passed: change the schedule before the campaign starts.',
    );
  }
  const dueMs = Math.max(nowMs, startsAtMs ?? nowMs);
  return { state: 'scheduled', startsAtMs: dueMs, nextTickAtMs: launchAtMs(dueMs, nowMs) };
}

/** Puts a scheduled campaign's launch on the clock, or the hop on the way to it that comes next after `nowMs`. */
export async function scheduleLaunch(
  world: World,
  { id, startsAtMs }: CampaignRecord,
  nowMs = world.clock.now(),
): Promise<void> {
  const dueMs = startsAtMs ?? nowMs;
  const atMs = launchAtMs(dueMs, nowMs);
  // With the times: a campaign that was moved has another task, and the old one finds itself early or late.
  await world.tasks.enqueue('launch', { campaignId: id }, { name: taskName('launch', id, dueMs, atMs), atMs });
}

/** @throws ProblemError `invalid` for a schedule that cannot be kept, seen from now */
export function assertSchedule(world: World, { schedule = {} }: CampaignRequest): void {
  const errors = checkSchedule(schedule, AD_RULES[world.settings.country].timeZone, world.clock.now());
  if (errors.length > 0) throw new ProblemError('invalid', 'The schedule cannot be kept.', errors);
}

/** Uploads whose life is half over are not built on: they might go in the middle of a campaign. */
export function isKept({ keptUntilMs }: { readonly keptUntilMs: number }, dueMs: number, ttlMs: number): boolean {
  return keptUntilMs - dueMs > ttlMs / 2;
}
