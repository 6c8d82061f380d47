import type { CampaignPatch, CampaignRequest } from '../contract/campaign.ts';
import { ProblemError } from '../contract/problem.ts';
import { canonicalJson } from '../core/canonical.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { untilSettled } from '../store/mutate.ts';
import type { CampaignRecord } from '../store/records.ts';
import { assertPace } from './ingest.ts';
import { asScheduled, assertSchedule, isKept, scheduleLaunch } from './schedule.ts';

/** What may be changed of a campaign that has not begun; each field as a whole. */
const CHANGEABLE = ['schedule', 'pace'] as const satisfies readonly (keyof CampaignPatch)[];

/**
 * Changes a campaign that has not begun. The same change again changes nothing.
 *
 * @throws ProblemError `not_found`; `invalid` for a schedule or a pace that cannot be kept; `conflict` that names the
 * state in which the change makes no sense
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
    const { request: known, audit } = stored.record;
    const request = patched(known, patch);
    const changed = CHANGEABLE.filter((field) => canonicalJson([known[field]]) !== canonicalJson([request[field]]));
    if (changed.length === 0) return stored.record;
    const entry = { atMs: world.clock.now(), who, what: `changed ${changed.join(' and ')}` };
    const change = { ...changeTo(world, stored.record, request), audit: [...audit, entry] };
    await updateCampaignRecord(world.documents, stored, change);
    return { ...stored.record, ...change };
  });
  if (campaign.state === 'scheduled') await scheduleLaunch(world, campaign);
  return campaign;
}

function patched(known: CampaignRequest, patch: CampaignPatch): CampaignRequest {
  const { schedule = known.schedule, pace = known.pace } = patch;
  const { schedule: _schedule, pace: _pace, ...rest } = known;
  return { ...rest, ...(schedule ? { schedule } : {}), ...(pace ? { pace } : {}) };
}

function changeTo(world: World, campaign: CampaignRecord, request: CampaignRequest): Partial<CampaignRecord> {
  if (campaign.state !== 'draft' && campaign.state !== 'scheduled') {
    throw new ProblemError('conflict', `The campaign is ${campaign.state} and cannot be changed.`);
  }
  assertPace(world, request);
  if (canonicalJson([request.schedule]) === canonicalJson([campaign.request.schedule])) return { request };
  assertSchedule(world, request);
  if (campaign.state === 'draft') return { request };
  const due = asScheduled(world, request);
  assertKept(world, campaign, due.startsAtMs ?? 0);
  return { request, ...due };
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
