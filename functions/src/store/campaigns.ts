import type { CampaignState } from '../contract/codes.ts';
import type { Documents, Fields } from '../ports.ts';
import { CAMPAIGNS, campaignPath, idOf } from './paths.ts';
import { campaignFields, readCampaign, type CampaignRecord, type Stored } from './records.ts';

export async function readCampaignRecord(documents: Documents, id: string): Promise<Stored<CampaignRecord> | null> {
  const doc = await documents.get(campaignPath(id));
  return doc === null ? null : readCampaign(doc);
}

/** @throws WriteConflict where the id is taken */
export async function createCampaignRecord(documents: Documents, record: CampaignRecord): Promise<void> {
  await documents.commit([{ create: campaignPath(record.id), fields: campaignFields(record) }]);
}

/** @throws WriteConflict where somebody else wrote since it was read */
export async function updateCampaignRecord(
  documents: Documents,
  stored: Stored<CampaignRecord>,
  change: Partial<CampaignRecord>,
): Promise<void> {
  await documents.commit([{ update: stored.path, at: stored.version, fields: campaignFields(change) }]);
}

export interface CampaignPage {
  readonly state?: CampaignState;
  /** The last campaign of the page before. */
  readonly after?: { readonly createdAtMs: number; readonly id: string };
  readonly limit: number;
}

/** Newest first. */
export async function listCampaignRecords(documents: Documents, page: CampaignPage): Promise<CampaignRecord[]> {
  const docs = await documents.query({
    collection: CAMPAIGNS,
    orderBy: { field: 'createdAtMs', descending: true },
    limit: page.limit,
    ...(page.state === undefined ? {} : { where: [['state', '==', page.state]] }),
    ...(page.after === undefined ? {} : { after: [page.after.createdAtMs, page.after.id] }),
  });
  return docs.map((doc) => readCampaign(doc).record);
}

/** Campaigns whose conductor should have come by before `beforeMs`. */
export const silentCampaignIds = (documents: Documents, beforeMs: number, limit: number): Promise<string[]> =>
  idsDue(documents, 'nextTickAtMs', beforeMs, limit);

/** Campaigns that keep their upload for a redrive, and should not have since `beforeMs`. */
export const keptUploadIds = (documents: Documents, beforeMs: number, limit: number): Promise<string[]> =>
  idsDue(documents, 'uploadUntilMs', beforeMs, limit);

async function idsDue(
  documents: Documents,
  field: 'nextTickAtMs' | 'uploadUntilMs',
  beforeMs: number,
  limit: number,
): Promise<string[]> {
  const docs = await documents.query({
    collection: CAMPAIGNS,
    where: [[field, '<=', beforeMs]],
    orderBy: { field, descending: false },
    limit,
    idsOnly: true,
  });
  return docs.map((doc: { path: string; fields: Fields }) => idOf(doc.path));
}
