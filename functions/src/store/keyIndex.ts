import type { Documents } from '../ports.ts';
import { keyBucketPath } from './paths.ts';

/** One bucket of a campaign's key index; see core/keyIndex.ts. The same again changes nothing. */
export async function writeKeyBucket(
  documents: Documents,
  campaignId: string,
  bucket: number,
  entries: Uint8Array,
  expireAt: Date,
): Promise<void> {
  await documents.commit([{ merge: keyBucketPath(campaignId, bucket), fields: { entries, expireAt } }]);
}

/** Empty where there is no such bucket. */
export async function readKeyBucket(documents: Documents, campaignId: string, bucket: number): Promise<Uint8Array> {
  const entries = (await documents.get(keyBucketPath(campaignId, bucket)))?.fields['entries'];
  return entries instanceof Uint8Array ? entries : new Uint8Array(0);
}
