import { campaignRequestSchema, type CampaignView } from '../../functions/src/contract/campaign.ts';
import { memberSchema, type Member } from '../../functions/src/contract/member.ts';
import type { OutcomeLine } from '../../functions/src/contract/campaign.ts';
import { createCampaign } from '../../functions/src/stages/ingest.ts';
import { listOutcomes, showCampaign } from '../../functions/src/stages/report.ts';
import { putMembers } from '../../functions/src/store/directory.ts';
import type { MemoryCloud } from '../memory/cloud.ts';

export function member(memberNo: number, fields: Partial<Member> = {}): Member {
  return memberSchema.parse({ memberNo, addresses: [{ token: `token-${memberNo}` }], ...fields });
}

/** Puts in front and at the end of a message what the law asks of an advertisement. */
export const AD = { sender: '봉수', optOut: '수신거부 080', autoLabel: true };

/** Members 1 to `count`, each with one address. */
export function members(count: number): Member[] {
  return Array.from({ length: count }, (_, index) => member(index + 1));
}

export async function load(cloud: MemoryCloud, list: readonly Member[]): Promise<void> {
  await putMembers(cloud.documents, list);
}

/** Creates a transactional campaign to members 1 to `to`. */
export async function create(cloud: MemoryCloud, to: number, fields: Record<string, unknown> = {}): Promise<void> {
  const request = campaignRequestSchema.parse({
    id: 'c',
    kind: 'transactional',
    audience: { members: { from: 1, to } },
    message: { title: 'Title', body: 'Body' },
    ...fields,
  });
  await createCampaign(cloud.world, request, 'main-server');
}

export function view(cloud: MemoryCloud): Promise<CampaignView> {
  return showCampaign(cloud.world, 'c');
}

export async function lines(cloud: MemoryCloud): Promise<OutcomeLine[]> {
  return Array.fromAsync(await listOutcomes(cloud.world, 'c', {}));
}

/** How often each address was posted to, the most often first. */
export function postCounts(cloud: MemoryCloud): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { address } of cloud.fcm.posts) counts.set(address, (counts.get(address) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}
