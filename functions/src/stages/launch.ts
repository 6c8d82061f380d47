import type { LaunchTask } from '../contract/signals.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { untilSettled } from '../store/mutate.ts';
import { conduct } from './conduct.ts';
import { spanOf } from './sources.ts';

/** Starts a scheduled campaign, and takes the first conductor tick with it. Again for the same campaign: no change. */
export async function launch(world: World, { campaignId }: LaunchTask): Promise<void> {
  const { documents, clock, log } = world;
  const running = await untilSettled(async () => {
    const stored = await readCampaignRecord(documents, campaignId);
    if (stored === null) {
      log.warn('a launch came for a campaign that does not exist', { campaignId });
      return false;
    }
    // Up to the first turn this task carries the campaign: whoever ran it before may have died on the way.
    if (stored.record.state !== 'scheduled') return stored.record.state === 'running' && stored.record.tick <= 1;
    const nowMs = clock.now();
    await updateCampaignRecord(documents, stored, {
      state: 'running',
      startedAtMs: nowMs,
      nextIndex: 0,
      nextPosition: spanOf(stored.record)?.from ?? null,
      nextTickAtMs: nowMs,
    });
    log.info('campaign started', { campaignId });
    return true;
  });
  if (running) await conduct(world, { campaignId, tick: 1 });
}
