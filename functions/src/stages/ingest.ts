import { createHash } from 'node:crypto';
import type { CampaignRequest, MemberRange } from '../contract/campaign.ts';
import { ProblemError } from '../contract/problem.ts';
import type { Seal } from '../contract/recipient.ts';
import { canonicalJson } from '../core/canonical.ts';
import { AD_RULES } from '../core/adRules.ts';
import { checkContent, checkPace } from '../core/check.ts';
import { NEW_HEALTH } from '../core/health.ts';
import { membersWithin, pageOf } from '../core/page.ts';
import { WriteConflict, type Documents, type World } from '../ports.ts';
import { createCampaignRecord, readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { firstPage, readPages } from '../store/directory.ts';
import { metered } from '../store/meter.ts';
import { untilSettled } from '../store/mutate.ts';
import { NO_PACE, NO_RETRIES, type CampaignRecord } from '../store/records.ts';
import { NO_TOTALS } from '../store/totals.ts';
import { asScheduled, assertSchedule, scheduleLaunch } from './schedule.ts';
import { sealUpload } from './seal.ts';

const DRAFT = { state: 'draft', startsAtMs: null, nextTickAtMs: null } as const;

/**
 * Stores a campaign and, unless it is to stay a draft, puts its launch on the clock. The same id and body again
 * changes nothing, and makes up for a launch that an earlier call did not live to schedule.
 *
 * @throws ProblemError `invalid`, `audience_empty`, or `conflict` where the id stands for another body
 */
export async function createCampaign(
  world: World,
  request: CampaignRequest,
  createdBy: string,
): Promise<{ readonly created: boolean; readonly campaign: CampaignRecord }> {
  assertContent(world, request);
  const meter = metered(world);
  const { audience } = request;
  const start = request.start ?? 'members' in audience;
  const digest = createHash('sha256')
    .update(canonicalJson({ ...request, start }))
    .digest('base64url');
  const known = await readCampaignRecord(meter.world.documents, request.id);
  if (known !== null) return { created: false, campaign: await sameAgain(world, known.record, digest) };
  assertSchedule(world, request);
  if ('members' in audience && (await audienceIsEmpty(meter.world.documents, audience.members))) {
    throw new ProblemError('audience_empty', 'No member has a number in this range. Upload members first.', [
      { field: '/audience/members', message: 'holds no member' },
    ]);
  }
  const nowMs = world.clock.now();
  const campaign: CampaignRecord = {
    id: request.id,
    ...(start ? asScheduled(world, request) : DRAFT),
    request,
    ending: null,
    digest,
    createdBy,
    createdAtMs: nowMs,
    startedAtMs: null,
    endedAtMs: null,
    tick: 0,
    careFrom: null,
    resumedAtMs: null,
    redrive: null,
    pace: NO_PACE,
    health: NEW_HEALTH,
    haltedBecause: null,
    rampFromMs: null,
    retries: NO_RETRIES,
    nextIndex: 0,
    nextPosition: 'members' in audience ? audience.members.from : null,
    sealing: null,
    upload: null,
    uploadUntilMs: null,
    walked: false,
    deadLetters: { count: 0, latest: [] },
    unreadable: [],
    totals: { ...NO_TOTALS, operations: { ...meter.unbilled(1), taskOperations: 1 } },
    problems: [],
    tests: 0,
    audit: [{ atMs: nowMs, who: createdBy, what: `created as ${request.kind}` }],
  };
  try {
    await createCampaignRecord(world.documents, campaign);
  } catch (error) {
    if (!(error instanceof WriteConflict)) throw error;
    const winner = await readCampaignRecord(world.documents, request.id);
    if (winner === null) throw error;
    return { created: false, campaign: await sameAgain(world, winner.record, digest) };
  }
  if (start) await scheduleLaunch(world, campaign);
  return { created: true, campaign };
}

/**
 * Starts a draft; an upload's is sealed with it. A campaign that has started already is left alone.
 *
 * @param seal what the caller uploaded; null for a campaign to members
 * @throws ProblemError `not_found`, `invalid` where the seal is missing or out of place, and what `sealUpload` throws
 */
export async function startCampaign(world: World, id: string, seal: Seal | null, who: string): Promise<CampaignRecord> {
  const stored = await readCampaignRecord(world.documents, id);
  if (stored === null) throw new ProblemError('not_found', 'There is no campaign with this id.');
  const uploads = 'recipients' in stored.record.request.audience;
  if (uploads !== (seal !== null)) {
    const message = uploads
      ? 'is required: the campaign is for an upload'
      : 'is for uploads, and this campaign has none';
    throw new ProblemError('invalid', 'The body does not fit the campaign.', [{ field: '/parts', message }]);
  }
  const campaign = await (seal === null ? startMembers(world, id, who) : sealUpload(world, id, seal, who));
  if (campaign.state === 'scheduled') await scheduleLaunch(world, campaign);
  return campaign;
}

async function startMembers(world: World, id: string, who: string): Promise<CampaignRecord> {
  return untilSettled(async () => {
    const stored = await readCampaignRecord(world.documents, id);
    if (stored === null) throw new ProblemError('not_found', 'There is no campaign with this id.');
    if (stored.record.state !== 'draft') return stored.record;
    const audit = [...stored.record.audit, { atMs: world.clock.now(), who, what: 'started' }];
    const change: Partial<CampaignRecord> = { ...asScheduled(world, stored.record.request), audit };
    await updateCampaignRecord(world.documents, stored, change);
    return { ...stored.record, ...change };
  });
}

/**
 * @throws ProblemError `invalid` where the law misses something in what the campaign says, or it cannot be sent, or not as
 * fast as it asks
 */
export function assertContent(world: World, request: CampaignRequest): void {
  const errors = checkContent(request, AD_RULES[world.settings.country]);
  if (errors.length > 0) throw new ProblemError('invalid', 'The message cannot be sent as it is.', errors);
  assertPace(world, request);
}

/** @throws ProblemError `invalid` for a rate that is above the project's */
export function assertPace({ settings }: World, request: CampaignRequest): void {
  const errors = checkPace(request, settings.fcmPerMinute);
  if (errors.length > 0) throw new ProblemError('invalid', 'The campaign cannot be as fast as that.', errors);
}

async function sameAgain(world: World, known: CampaignRecord, digest: string): Promise<CampaignRecord> {
  if (known.digest !== digest) {
    throw new ProblemError('conflict', 'This id already stands for a campaign with another body. Choose another id.', [
      { field: '/id', message: 'is taken by another campaign' },
    ]);
  }
  if (known.state === 'scheduled') await scheduleLaunch(world, known);
  return known;
}

/** Only the pages at the two ends can hold members outside the range, so at most three pages are looked at. */
async function audienceIsEmpty(documents: Documents, { from, to }: MemberRange): Promise<boolean> {
  let page = pageOf(from);
  for (let looked = 0; looked < 3; looked += 1) {
    const found = await firstPage(documents, page, pageOf(to));
    if (found === null) return true;
    const [stored] = await readPages(documents, [found]);
    // Of a page that cannot be read nobody knows; the campaign says so when it comes to it.
    if (!stored || !membersWithin(stored.members, from, to).next().done) return false;
    page = found + 1;
  }
  return false;
}
