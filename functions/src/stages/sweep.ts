import { taskName } from '../core/taskName.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, silentCampaignIds } from '../store/campaigns.ts';
import { scheduleCare } from './care.ts';
import { scheduleTick } from './conduct.ts';
import { deleteKeptUploads } from './keptUpload.ts';

/** A launch or a conductor that is this late has lost its task. */
const SILENT_MS = 60_000;
const SWEEP_MAX = 100;

/**
 * Runs every minute: puts campaigns back on the clock whose task was lost, between two turns or on the way to the first,
 * and those that rest though their time is over. Deletes uploads that were kept for a redrive.
 */
export async function sweep(world: World): Promise<void> {
  const { documents, clock, log } = world;
  const nowMs = clock.now();
  for (const id of await silentCampaignIds(documents, nowMs - SILENT_MS, SWEEP_MAX)) {
    const stored = await readCampaignRecord(documents, id);
    if (stored === null) continue;
    log.warn('a campaign went silent and is put back on the clock', { campaignId: id, tick: stored.record.tick });
    const reviving = String(Math.floor(nowMs / SILENT_MS));
    if (stored.record.state === 'scheduled') {
      const name = taskName('launch', id, 'reviving', reviving);
      await world.tasks.enqueue('launch', { campaignId: id }, { name, atMs: nowMs });
    } else if (stored.record.endedAtMs === null) await scheduleTick(world, stored.record, reviving);
    else await scheduleCare(world, stored.record, reviving);
  }
  await deleteKeptUploads(world);
}
