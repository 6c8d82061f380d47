import { createHash } from 'node:crypto';
import { campaignRequestSchema, type CampaignView } from '../../functions/src/contract/campaign.ts';
import { memberSchema, type Member } from '../../functions/src/contract/member.ts';
import type { OutcomeLine } from '../../functions/src/contract/campaign.ts';
import { ProblemError } from '../../functions/src/contract/problem.ts';
import { recipientSchema, type PartAnswer } from '../../functions/src/contract/recipient.ts';
import { createCampaign, startCampaign } from '../../functions/src/stages/ingest.ts';
import { putPart, type PartLine } from '../../functions/src/stages/part.ts';
import { listOutcomes, showCampaign } from '../../functions/src/stages/report.ts';
import { putMembers } from '../../functions/src/store/directory.ts';
import type { MemoryCloud } from '../memory/cloud.ts';

export function member(memberNo: number, fields: Partial<Member> = {}): Member {
  return memberSchema.parse({ memberNo, addresses: [{ token: `token-${memberNo}` }], ...fields });
}

/** Puts in front and at the end of a message what the law asks of an advertisement. */
const AD = { sender: '봉수', optOut: '수신거부 080', autoLabel: true };

function adOf({ kind }: Readonly<Record<string, unknown>>): { readonly ad?: typeof AD } {
  return kind === 'marketing' ? { ad: AD } : {};
}

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
    ...adOf(fields),
    ...fields,
  });
  await createCampaign(cloud.world, request, 'main-server');
}

/** One line of an upload; its own title and body unless it says otherwise. */
export function line(key: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { key, token: `token-${key}`, title: `Title ${key}`, body: `Body ${key}`, ...fields };
}

/** Creates a transactional campaign for an upload. */
export async function createUpload(cloud: MemoryCloud, fields: Record<string, unknown> = {}): Promise<void> {
  const request = {
    id: 'c',
    kind: 'transactional',
    audience: { recipients: {} },
    message: {},
    ...adOf(fields),
    ...fields,
  };
  await createCampaign(cloud.world, campaignRequestSchema.parse(request), 'main-server');
}

export async function put(
  cloud: MemoryCloud,
  part: number,
  lines: readonly object[],
  digest?: string,
): Promise<PartAnswer> {
  const parsed = async function* (): AsyncGenerator<PartLine> {
    for (const [index, one] of lines.entries()) yield { line: index + 1, recipient: recipientSchema.parse(one) };
  };
  return putPart(cloud.world, {
    campaignId: 'c',
    part,
    digest: digest ?? createHash('sha256').update(JSON.stringify(lines)).digest('base64url'),
    lines: parsed(),
  });
}

export async function start(cloud: MemoryCloud, parts: number, recipients: number): Promise<CampaignView> {
  await startCampaign(cloud.world, 'c', { parts, recipients }, 'main-server');
  return view(cloud);
}

/** What a promise was refused with. */
export async function refusalOf(promise: Promise<unknown>): Promise<ProblemError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('it was not refused');
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

/** What a clock shows at the two edges of the night, a second before each and on it, and whether it is day then. */
export const NIGHT_EDGES = [
  ['20:59:59', true],
  ['21:00:00', false],
  ['07:59:59', false],
  ['08:00:00', true],
] as const;
