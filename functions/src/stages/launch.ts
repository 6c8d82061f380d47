import type { LaunchTask } from '../contract/signals.ts';
import { launchAtMs } from '../core/schedule.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { untilSettled } from '../store/mutate.ts';
import type { CampaignRecord, Stored } from '../store/records.ts';
import { conduct } from './conduct.ts';
import { scheduleLaunch } from './schedule.ts';
import { rampFrom, spanOf } from './sources.ts';

/** Cloud Tasks' clock and this one may differ by this much; what comes no earlier waits for its time here. */
const EARLY_MAX_MS = 5_000;

/**
 * Starts a scheduled campaign that is due, and takes the first conductor tick with it. One that comes early, on its way
 * to a time that no single task reaches or because the campaign was moved, puts the next on the clock. Again for the
 * same campaign: no change.
 */
export async function launch(world: World, { campaignId }: LaunchTask): Promise<void> {
  const { documents, clock, log, settings } = world;
  const running = await untilSettled(async () => {
    const stored = await readCampaignRecord(documents, campaignId);
    if (stored === null) {
      log.warn('a launch came for a campaign that does not exist', { campaignId });
      return false;
    }
    // Up to the first turn this task carries the campaign: whoever ran it before may have died on the way.
    if (stored.record.state !== 'scheduled') return stored.record.state === 'running' && stored.record.tick <= 1;
    const earlyMs = (stored.record.startsAtMs ?? 0) - clock.now();
    if (earlyMs > EARLY_MAX_MS) {
      await hop(world, stored);
      return false;
    }
    // It may be moved or cancelled meanwhile: then the write below fails, and it is looked at again.
    if (earlyMs > 0) await clock.sleep(earlyMs);
    const nowMs = clock.now();
    await updateCampaignRecord(documents, stored, {
      state: 'running',
      startedAtMs: nowMs,
      nextIndex: 0,
      nextPosition: spanOf(stored.record)?.from ?? null,
      nextTickAtMs: nowMs,
      rampFromMs: rampFrom(stored.record, settings.rampAbove, nowMs),
    });
    log.info('campaign started', { campaignId });
    return true;
  });
  if (running) await conduct(world, { campaignId, tick: 1 });
}

async function hop(world: World, stored: Stored<CampaignRecord>): Promise<void> {
  // What is nearer than this is the task that came early itself: its name is taken.
  const nowMs = world.clock.now() + EARLY_MAX_MS;
  await scheduleLaunch(world, stored.record, nowMs);
  const nextTickAtMs = launchAtMs(stored.record.startsAtMs ?? nowMs, nowMs);
  if (nextTickAtMs !== stored.record.nextTickAtMs)
    await updateCampaignRecord(world.documents, stored, { nextTickAtMs });
}
