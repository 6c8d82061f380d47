import type { Counts } from '../contract/codes.ts';
import { anyToRedrive } from '../core/redrive.ts';
import type { World } from '../ports.ts';
import { keptUploadIds, readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import type { CampaignRecord } from '../store/records.ts';
import { deleteUpload } from '../store/uploads.ts';

const HOUR_MS = 3_600_000;
/** Clocks differ: nobody may still take a redrive of what is being deleted. */
const DELETE_GRACE_MS = 60_000;
/** Uploads deleted in one run; the next comes a minute later. */
const DELETE_MAX = 10;

/** Until when a completed campaign keeps its upload, so that it can be redriven; null where it is to be deleted. */
export function keptUntilMs(
  { request, upload, uploadUntilMs }: CampaignRecord,
  counts: Counts,
  nowMs: number,
): number | null {
  if (upload === null || !anyToRedrive(counts)) return null;
  const untilMs = uploadUntilMs ?? nowMs + request.policy.keepForRedriveHours * HOUR_MS;
  return untilMs > nowMs ? untilMs : null;
}

/**
 * Deletes the uploads that were kept for a redrive and whose time is over. One that is being redriven is deleted at its
 * end; one whose deletion dies half-way is met again.
 */
export async function deleteKeptUploads({ documents, clock }: World): Promise<void> {
  for (const id of await keptUploadIds(documents, clock.now() - DELETE_GRACE_MS, DELETE_MAX)) {
    const stored = await readCampaignRecord(documents, id);
    if (stored === null || stored.record.endedAtMs === null) continue;
    await deleteUpload(documents, id);
    await updateCampaignRecord(documents, stored, { uploadUntilMs: null });
  }
}
