import type { ConductTask } from '../contract/signals.ts';
import { isOver } from '../core/lifecycle.ts';
import { taskName } from '../core/taskName.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord } from '../store/campaigns.ts';
import { metered } from '../store/meter.ts';
import { untilSettled } from '../store/mutate.ts';
import type { CampaignRecord } from '../store/records.ts';
import { giveBackRate } from './budget.ts';
import { scheduleCare } from './care.ts';
import { enqueueRetries, releasedAnew } from './releaseRetries.ts';
import { campaignTiming } from './schedule.ts';
import { takeTurn, type Turn } from './turn.ts';

/** A campaign that does nothing for so long leaves its rate to others. */
const REST_MIN_MS = 30_000;

/**
 * One turn of a running campaign's conductor: takes in what ranges have come to, plans and releases the next ones,
 * releases again what nobody works on, and ends the campaign when every planned message has its outcome. All that it
 * changes is one commit, so a turn that dies, or comes twice, changes nothing half.
 */
export async function conduct(world: World, { campaignId, tick }: ConductTask): Promise<void> {
  const meter = metered(world);
  const turn = await untilSettled(async () => {
    const stored = await readCampaignRecord(meter.world.documents, campaignId);
    if (stored === null || stored.record.tick > tick) return null;
    const campaign = lapsed(meter.world, stored.record);
    if (campaign.state !== 'running') return null;
    // This turn was taken before; whoever took it may have died before it put the next on the clock.
    if (stored.record.tick === tick) return { campaign, signals: [], retries: [] };
    return takeTurn(meter, { ...stored, record: campaign }, tick);
  });
  if (turn !== null) await follow(world, turn);
}

/** The campaign, ending where its time is over. One that rested is taken up again, so that all get their outcome. */
function lapsed(world: World, campaign: CampaignRecord): CampaignRecord {
  const nowMs = world.clock.now();
  if (!isOver(campaign, campaignTiming(world, campaign.request).untilMs, nowMs)) return campaign;
  const retries = releasedAnew(campaign);
  return { ...campaign, state: 'running', ending: 'expired', redrive: null, resumedAtMs: nowMs, retries };
}

/** What follows a turn's commit. */
async function follow(world: World, { campaign, signals, retries }: Turn): Promise<void> {
  const { log, documents, clock } = world;
  const { id: campaignId, state } = campaign;
  for (const problem of campaign.problems) log.error('conservation does not hold', { campaignId, problem });
  await world.ranges.release(signals);
  await enqueueRetries(world, retries);
  if (state === 'running') await scheduleTick(world, campaign);
  const restsMs = (campaign.nextTickAtMs ?? Infinity) - clock.now();
  if (restsMs > REST_MIN_MS) await giveBackRate(documents, campaignId, clock.now());
  if (state === 'halted') log.warn('campaign halted', { campaignId, reason: campaign.haltedBecause ?? '' });
  if (campaign.endedAtMs === null) return;
  await scheduleCare(world, campaign);
  log.info('campaign ended', { campaignId, state, planned: campaign.totals.planned });
}

/** Puts a running campaign's next turn on the clock. */
export async function scheduleTick(world: World, campaign: CampaignRecord, reviving = ''): Promise<void> {
  const tick = campaign.tick + 1;
  const name = taskName('conduct', campaign.id, tick, reviving);
  const atMs = campaign.nextTickAtMs ?? world.clock.now();
  await world.tasks.enqueue('conduct', { campaignId: campaign.id, tick }, { name, atMs });
}
