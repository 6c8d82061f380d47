import type { CampaignPatch, CampaignRequest } from '../contract/campaign.ts';
import { ProblemError } from '../contract/problem.ts';
import { AD_RULES } from '../core/adRules.ts';
import { canonicalJson } from '../core/canonical.ts';
import { checkSchedule, launchAtMs, timingOf, type Timing } from '../core/schedule.ts';
import { taskName } from '../core/taskName.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { untilSettled } from '../store/mutate.ts';
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

/**
 * Changes what may still be changed of a campaign: its schedule, until it starts. The same change again changes nothing.
 *
 * @throws ProblemError `not_found`; `invalid` for a schedule that cannot be kept; `conflict` that names the state in
 * which the change makes no sense
 */
export async function patchCampaign(
  world: World,
  id: string,
  patch: CampaignPatch,
  who: string,
): Promise<CampaignRecord> {
  const campaign = await untilSettled(async () => {
    const stored = await readCampaignRecord(world.documents, id);
    if (stored === null) throw new ProblemError('not_found', 'There is no campaign with this id.');
    const request = patched(stored.record.request, patch);
    if (canonicalJson(request) === canonicalJson(stored.record.request)) return stored.record;
    const change = rescheduled(world, stored.record, request);
    const audit = [...stored.record.audit, { atMs: world.clock.now(), who, what: 'schedule changed' }];
    await updateCampaignRecord(world.documents, stored, { ...change, audit });
    return { ...stored.record, ...change, audit };
  });
  if (campaign.state === 'scheduled') await scheduleLaunch(world, campaign);
  return campaign;
}

function patched({ schedule: known, ...rest }: CampaignRequest, patch: CampaignPatch): CampaignRequest {
  const schedule = patch.schedule === undefined ? known : patch.schedule;
  return { ...rest, ...(schedule === null || schedule === undefined ? {} : { schedule }) };
}

function rescheduled(world: World, campaign: CampaignRecord, request: CampaignRequest): Partial<CampaignRecord> {
  if (campaign.state !== 'draft' && campaign.state !== 'scheduled') {
    throw new ProblemError('conflict', `The campaign is ${campaign.state} and its schedule cannot be changed.`);
  }
  assertSchedule(world, request);
  if (campaign.state === 'draft') return { request };
  const due = asScheduled(world, request);
  assertKept(world, campaign, due.startsAtMs ?? 0);
  return { request, ...due };
}

/** @throws ProblemError `invalid` for a schedule that cannot be kept, seen from now */
export function assertSchedule(world: World, { schedule = {} }: CampaignRequest): void {
  const errors = checkSchedule(schedule, AD_RULES[world.settings.country].timeZone, world.clock.now());
  if (errors.length > 0) throw new ProblemError('invalid', 'The schedule cannot be kept.', errors);
}

/** An upload's recipients were stored for the schedule that they came with. */
function assertKept({ settings }: World, { upload }: CampaignRecord, dueMs: number): void {
  if (upload === null || isKept(upload, dueMs, settings.recipientTtlMs)) return;
  const lastMs = upload.keptUntilMs - settings.recipientTtlMs / 2;
  throw new ProblemError('invalid', 'The recipients that were uploaded would be gone by then.', [
    {
      field: '/schedule/at',
      message: `must be before ${new Date(lastMs).toISOString()} for recipients that were uploaded`,
    },
  ]);
}

/** Uploads whose life is half over are not built on: they might go in the middle of a campaign. */
export function isKept({ keptUntilMs }: { readonly keptUntilMs: number }, dueMs: number, ttlMs: number): boolean {
  return keptUntilMs - dueMs > ttlMs / 2;
}
