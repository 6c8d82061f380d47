import type { ControlCall } from '../contract/codes.ts';
import { ProblemError } from '../contract/problem.ts';
import { resumed } from '../core/health.ts';
import { control, dutyOf, type Standing } from '../core/lifecycle.ts';
import { anyToRedrive } from '../core/redrive.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { untilSettled } from '../store/mutate.ts';
import type { CampaignRecord } from '../store/records.ts';
import { deleteUpload } from '../store/uploads.ts';
import { giveBackRate } from './budget.ts';
import { scheduleTick } from './conduct.ts';
import { checkRedrive } from './redrive.ts';
import { releasedAnew } from './releaseRetries.ts';
import { campaignTiming } from './schedule.ts';
import { rampFrom } from './sources.ts';

/**
 * Pauses, resumes, cancels or redrives a campaign. What is being sent hears of it within a second (see
 * `CampaignWatch`); what was held back, or is to be tried again, is taken up by the conductor's next turn, which all but
 * a pause put on the clock at once. The same call again changes nothing, nor does a redrive where nothing failed.
 *
 * @throws ProblemError `not_found`, or `conflict` that names the state in which the call makes no sense
 */
export async function controlCampaign(
  world: World,
  id: string,
  call: ControlCall,
  who: string,
): Promise<CampaignRecord> {
  const campaign = await untilSettled(async () => {
    const stored = await readCampaignRecord(world.documents, id);
    if (stored === null) throw new ProblemError('not_found', 'There is no campaign with this id.');
    const decided = control(call, stored.record);
    if (decided.kind === 'refused') throw new ProblemError('conflict', decided.why);
    if (decided.kind === 'same') return stored.record;
    if (call === 'redrive') {
      if (!anyToRedrive(stored.record.totals.counts)) return stored.record;
      await checkRedrive(world, stored.record);
    }
    const change = changeOf(world, call, stored.record, decided.to, who);
    await updateCampaignRecord(world.documents, stored, change);
    return { ...stored.record, ...change };
  });
  // Also for a call that came again: whoever made it first may have died before the turn was on the clock.
  if (campaign.state === 'running' && campaign.resumedAtMs !== null) {
    await scheduleTick(world, campaign, `after ${campaign.resumedAtMs}`);
  }
  if (dutyOf(campaign) !== 'send') await giveBackRate(world.documents, id, world.clock.now());
  // One that never began has no conductor that would do it at the end.
  if (campaign.state === 'cancelled' && 'recipients' in campaign.request.audience)
    await deleteUpload(world.documents, id);
  world.log.info('campaign controlled', { campaignId: id, call, state: campaign.state });
  return campaign;
}

function changeOf(
  world: World,
  call: ControlCall,
  campaign: CampaignRecord,
  to: Standing,
  who: string,
): Partial<CampaignRecord> {
  const atMs = world.clock.now();
  const audit = [...campaign.audit, { atMs, who, what: call }];
  // What was released before has come and gone while the campaign rested.
  const retries = releasedAnew(campaign);
  if (to.state === 'running') {
    const health = resumed(campaign.health, campaign.state === 'halted');
    const rampFromMs = rampFrom(campaign, world.settings.rampAbove, atMs);
    return {
      ...to,
      audit,
      nextTickAtMs: atMs,
      resumedAtMs: atMs,
      rampFromMs,
      health,
      haltedBecause: null,
      retries,
      endedAtMs: null,
    };
  }
  const { untilMs } = campaignTiming(world, campaign.request);
  // Also while it rests: what is left then gets its outcome.
  const nextTickAtMs = to.state === 'paused' && untilMs !== Infinity ? untilMs : null;
  return { ...to, audit, nextTickAtMs, ...(to.state === 'cancelled' ? { endedAtMs: atMs } : {}) };
}
