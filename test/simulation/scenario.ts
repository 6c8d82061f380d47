import { campaignRequestSchema, type CampaignRequest } from '../../functions/src/contract/campaign.ts';
import { memberSchema, type Member } from '../../functions/src/contract/member.ts';
import type { UploadedRecipient } from '../../functions/src/contract/recipient.ts';
import type { Settings } from '../../functions/src/ports.ts';
import { SETTINGS } from '../memory/settings.ts';
import type { Chance } from './chance.ts';
import { drawParts } from './uploads.ts';
import { drawBegin, HOME_ZONE, ZONES, type Begin } from './nights.ts';

const MEMBERS_PER_PAGE = 500;
const PAGES_MAX = 4;
const CROWDED_SHARE = 0.06;
const CROWD = 30;
const UPLOADS_SHARE = 0.25;
const UNTIL_SHARE = 0.15;
/** In the middle of the first attempts, or of retries and pauses. */
const UNTIL_AFTER_MS = [
  (chance: Chance) => chance.whole(1_000, 20_000),
  (chance: Chance) => chance.whole(20_000, 1_200_000),
];
const CHOSEN_AT = '2026-01-02T03:04:05Z';

type Choice = NonNullable<Member['consent']['marketing']>;

export interface PlannedCampaign {
  readonly request: CampaignRequest;
  /** What is uploaded to it; null for a campaign to members. */
  readonly parts: readonly (readonly UploadedRecipient[])[] | null;
  readonly afterMs: number;
}

export interface Scenario {
  readonly begin: Begin;
  /** Many members for once: from twenty answers on the pipeline judges how FCM does. */
  readonly isCrowded: boolean;
  readonly settings: Settings;
  readonly campaigns: readonly PlannedCampaign[];
  readonly members: readonly Member[];
}

/** A few members on a few pages, one campaign or two, and settings that make ranges, batches and leases small. */
export function drawScenario(chance: Chance): Scenario {
  const begin = drawBegin(chance);
  const pages = chance.whole(1, PAGES_MAX);
  const isCrowded = chance.happens(CROWDED_SHARE);
  const members: Member[] = [];
  for (let page = 0; page < pages; page += 1) {
    const count = isCrowded ? CROWD : chance.whole(0, 5) + (page === 0 ? 1 : 0);
    const numbers = new Set(Array.from({ length: count }, () => page * MEMBERS_PER_PAGE + chance.whole(1, 499)));
    for (const memberNo of numbers) members.push(drawMember(chance, memberNo, begin.timeZone));
  }
  const to = pages * MEMBERS_PER_PAGE - 1;
  const campaigns = chance.happens(0.8) ? ['a'] : ['a', 'b'];
  return {
    begin,
    isCrowded,
    members,
    settings: {
      ...SETTINGS,
      recipientsPerRange: chance.oneOf([500, 1_000]),
      pushesPerBatch: chance.whole(1, 6),
      openRanges: chance.whole(1, 4),
      rampMs: 10_000,
      rampAbove: chance.oneOf([1, 100_000]),
      fcmPerMinute: chance.oneOf([600, 6_000, 600_000]),
      leaseMs: chance.oneOf([6_000, 20_000, 60_000]),
      invocationMs: chance.oneOf([2_000, 20_000, 480_000]),
      ledgerTtlMs: 30 * 86_400_000,
    },
    campaigns: campaigns.map((id) => {
      const parts = chance.happens(UPLOADS_SHARE) ? drawParts(chance, id, members) : null;
      const audience = parts === null ? { members: { from: 1, to } } : { recipients: {} };
      const afterMs = chance.delayMs(30_000);
      // An upload's caller would have to begin anew where its until passes before all is uploaded.
      const endsEarly = parts === null && chance.happens(UNTIL_SHARE);
      const untilMs = endsEarly ? begin.startMs + afterMs + chance.oneOf(UNTIL_AFTER_MS)(chance) : null;
      return { request: drawRequest(chance, id, audience, untilMs), parts, afterMs };
    }),
  };
}

export function drawMember(chance: Chance, memberNo: number, homeZone: string): Member {
  const addresses = Array.from({ length: chance.oneOf([0, 1, 1, 1, 2, 3]) }, (_, nth) =>
    drawAddress(chance, memberNo, nth),
  );
  return memberSchema.parse({
    memberNo,
    addresses: chance.happens(0.1) ? [...addresses, ...addresses] : addresses,
    consent: {
      marketing: chance.oneOf([granted(CHOSEN_AT), granted(CHOSEN_AT), granted(CHOSEN_AT), refused(CHOSEN_AT), null]),
      night: chance.oneOf([granted(CHOSEN_AT), refused(CHOSEN_AT), null, null]),
    },
    ...drawZone(chance, homeZone),
    vars: { member: String(memberNo) },
  });
}

/** Who lives in Seoul need not say so. */
function drawZone(chance: Chance, homeZone: string): { readonly timeZone?: string } {
  const timeZone = chance.happens(0.03) ? chance.oneOf(ZONES) : homeZone;
  return timeZone === HOME_ZONE && chance.happens(0.5) ? {} : { timeZone };
}

/** An address that nobody had before: FCM gives none out twice. */
export function drawAddress(chance: Chance, memberNo: number, nth: number): Member['addresses'][number] {
  const name = `${memberNo}-${nth}-${chance.whole(0, 1e9)}`;
  return chance.happens(0.7) ? { token: name } : { fid: name };
}

export const granted = (at: string): Choice => ({ granted: true, at });
export const refused = (at: string): Choice => ({ granted: false, at });

function drawRequest(
  chance: Chance,
  id: string,
  audience: CampaignRequest['audience'],
  untilMs: number | null,
): CampaignRequest {
  const who = 'members' in audience ? '{{member}}' : null;
  return campaignRequestSchema.parse({
    id,
    kind: chance.happens(0.7) ? 'marketing' : 'transactional',
    audience,
    message: {
      title: `(광고) ${who ?? 'B'}`,
      body: 'B',
      data: { campaign: id, ...(who === null ? {} : { key: who }) },
    },
    ...(untilMs === null ? {} : { schedule: { until: new Date(untilMs).toISOString() } }),
    // The texts stay as they are: the witness knows them by heart.
    ad: { sender: 'B', optOut: 'B' },
    policy: {
      night: chance.oneOf(['hold', 'hold', 'suppress']),
      onAmbiguous: chance.oneOf(['resend', 'record']),
      maxAttempts: chance.oneOf([1, 2, 3, 6, 6, 6]),
    },
  });
}
