import { createHash } from 'node:crypto';
import { pageId } from '../core/page.ts';

export const MEMBERS = 'members';
export const CAMPAIGNS = 'campaigns';
const NONCES = 'nonces';

export const memberPagePath = (page: number): string => `${MEMBERS}/${pageId(page)}`;
export const campaignPath = (id: string): string => `${CAMPAIGNS}/${id}`;
export const rangesOf = (campaignId: string): string => `${campaignPath(campaignId)}/ranges`;
export const rangePath = (campaignId: string, index: number): string => `${rangesOf(campaignId)}/${rangeId(index)}`;
export const batchesOf = (campaignId: string): string => `${campaignPath(campaignId)}/batches`;
export const batchPath = (campaignId: string, id: string): string => `${batchesOf(campaignId)}/${id}`;
export const partsOf = (campaignId: string): string => `${campaignPath(campaignId)}/parts`;
export const partPath = (campaignId: string, part: number): string => `${partsOf(campaignId)}/${partId(part)}`;
export const recipientsOf = (campaignId: string): string => `${campaignPath(campaignId)}/recipients`;
export const uploadPagePath = (campaignId: string, uploadId: string, page: number): string =>
  `${recipientsOf(campaignId)}/${uploadId}-${String(page).padStart(4, '0')}`;
export const keyBucketPath = (campaignId: string, bucket: number): string =>
  `${campaignPath(campaignId)}/keys/${String(bucket).padStart(5, '0')}`;
/** Hashed: a caller's `jti` may hold characters that a document id may not. */
export const noncePath = (key: string): string => `${NONCES}/${createHash('sha256').update(key).digest('base64url')}`;

/** Leading zeros make ids sort as numbers do; 10^8 ranges hold 10^12 recipients. */
const rangeId = (index: number): string => String(index).padStart(8, '0');
const partId = (part: number): string => String(part).padStart(5, '0');
export const batchId = (range: number, seq: number): string => `${rangeId(range)}-${String(seq).padStart(5, '0')}`;
export const rangeOfBatch = (id: string): number => Number(id.slice(0, 8));
export const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
