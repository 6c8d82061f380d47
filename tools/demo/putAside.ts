import { setTimeout as sleep } from 'node:timers/promises';
import type { CampaignView } from '../../client/index.ts';
import { faultOf, FAULTS } from '../members/faults.ts';
import { generateMembers } from '../members/generate.ts';
import type { PersonalMessage } from '../personal/generate.ts';
import type { DemoWorld } from './following.ts';
import type { DemoOptions } from './options.ts';

const LOOK_INTERVAL_MS = 500;
const LIMIT_MS = 60_000;

/**
 * Waits until the addresses that FCM called dead in a campaign are not used any more: the pipeline sees to it when the
 * campaign has ended.
 * @returns false where it leaves them alone, because they are too many to be believed
 * @throws Error where it does neither
 */
export async function deadArePutAside(
  campaign: CampaignView,
  options: DemoOptions,
  { client, signal }: Pick<DemoWorld, 'client' | 'signal'>,
): Promise<boolean> {
  let last: number | null = null;
  for (const member of generateMembers(options)) {
    if (isReached(member, options.kind) && member.addresses.some(isDead)) last = member.memberNo;
  }
  if (last === null || campaign.outcomes.invalid === 0) return false;
  for (const endMs = performance.now() + LIMIT_MS; performance.now() < endMs;) {
    if ((await client.campaign(campaign.id, { signal })).problems.length > 0) return false;
    const { addresses } = await client.member(last, { signal });
    if (addresses.some(({ quarantine }) => quarantine !== undefined)) return true;
    await sleep(LOOK_INTERVAL_MS, undefined, { signal });
  }
  throw new Error('The addresses that FCM called dead are not put aside.');
}

/** A recipient as the pipeline knows it once an earlier campaign's dead addresses are put aside. */
export function withoutPutAside({ line, to }: PersonalMessage, kind: DemoOptions['kind']): PersonalMessage['to'] {
  if (line.memberNo === undefined || !isReached(to, kind)) return to;
  return { ...to, addresses: to.addresses.filter((address) => !isDead(address)) };
}

function isReached({ consent }: PersonalMessage['to'], kind: DemoOptions['kind']): boolean {
  return kind === 'transactional' || consent.marketing?.granted === true;
}

function isDead({ token, fid }: PersonalMessage['to']['addresses'][number]): boolean {
  const fault = faultOf(token ?? fid ?? '');
  return fault !== null && FAULTS[fault].startsWith('invalid.');
}
