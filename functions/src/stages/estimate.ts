import type { MemberRange } from '../contract/campaign.ts';
import type { Estimate, EstimateRequest } from '../contract/estimate.ts';
import { ProblemError } from '../contract/problem.ts';
import { PART_MAX_LINES } from '../contract/recipient.ts';
import { outgoingMessage } from '../core/adLabel.ts';
import { AD_RULES } from '../core/adRules.ts';
import { compileMessage } from '../core/compose.ts';
import { GIVEN_OUT } from '../core/budget.ts';
import { costOf } from '../core/cost.ts';
import { forecast, type Load } from '../core/estimate.ts';
import { bucketCount } from '../core/keyIndex.ts';
import { shapeOf } from '../core/pace.ts';
import { MEMBERS_PER_PAGE, pageOf } from '../core/page.ts';
import type { Span } from '../core/plan.ts';
import { resolveRecipient, type Mailing } from '../core/resolve.ts';
import { RECIPIENTS_PER_PAGE } from '../core/uploadPage.ts';
import type { World } from '../ports.ts';
import { countPages, firstPage } from '../store/directory.ts';
import { metered } from '../store/meter.ts';
import { assertContent } from './ingest.ts';
import { memberSource } from './memberSource.ts';
import { rampFrom } from './sources.ts';
import { assertSchedule, campaignTiming } from './schedule.ts';

/** Pages that are looked into, at most: 20 reads, and 10,000 members. */
const SAMPLED_PAGES = 20;
const DAY_SECONDS = 86_400;

/** The audience as far as it was counted. */
interface Audience extends Load {
  readonly upload: (NonNullable<Load['upload']> & { readonly recipients: number; readonly pages: number }) | null;
  readonly recipients: number;
  readonly exact: boolean;
}

/**
 * What a campaign would take if it were sent as it is now. Costs at most 20 pages of the directory and a count of the
 * others, and stores nothing.
 *
 * @throws ProblemError `invalid` where the campaign would be refused; `audience_empty`
 */
export async function estimateCampaign(world: World, request: EstimateRequest): Promise<Estimate> {
  assertContent(world, request);
  assertSchedule(world, request);
  const { settings } = world;
  const audience =
    request.recipients === undefined
      ? await countMembers(world, request)
      : toUpload(world, request, request.recipients);
  const { lanes, pushesPerBatch } = shapeOf(request.pace?.perSecond, settings);
  const { seconds, operations } = forecast(audience, {
    perSecond: Math.min(request.pace?.perSecond ?? Infinity, (GIVEN_OUT * settings.fcmPerMinute) / 60),
    instancePerSecond: settings.instancePerSecond,
    rangesPerInstance: settings.rangesPerInstance,
    openRanges: lanes,
    pushesPerBatch,
    rampMs: rampFrom({ request, upload: audience.upload }, settings.rampAbove, 0) === null ? 0 : settings.rampMs,
  });
  const { recipients, messages, pushes, exact } = audience;
  const cost = costOf(operations, pushes, settings.billing);
  return {
    recipients,
    messages,
    pushes,
    exact,
    seconds,
    operations,
    cost,
    warnings: warningsOf(audience, seconds),
  };
}

/** All pages of a small audience; of a large one as many, spread over it, stand for the others. */
async function countMembers(world: World, request: EstimateRequest): Promise<Audience> {
  const { documents } = world;
  if (!('members' in request.audience)) throw new TypeError('the audience is an upload');
  const range = request.audience.members;
  const pages = await countPages(documents, pageOf(range.from), pageOf(range.to));
  if (pages === 0) throw empty();
  const sampled = pages <= SAMPLED_PAGES ? await everyPage(world, range) : await spreadPages(world, range);
  const seen = await lookInto(world, request, range, sampled);
  const exact = sampled.length === pages;
  if (exact && seen.recipients === 0) throw empty();
  const all = (n: number): number => (exact ? n : Math.round((n / sampled.length) * pages));
  return {
    recipients: all(seen.recipients),
    messages: all(seen.messages),
    pushes: all(seen.pushes),
    pages,
    pagesPerRange: pagesPerRange(world, request),
    upload: null,
    exact,
  };
}

async function everyPage({ documents }: World, { from, to }: MemberRange): Promise<number[]> {
  const pages: number[] = [];
  for (let next = pageOf(from); ;) {
    const found = await firstPage(documents, next, pageOf(to));
    if (found === null) return pages;
    pages.push(found);
    next = found + 1;
  }
}

/** The next page from each of some places on that are evenly apart. */
async function spreadPages({ documents }: World, { from, to }: MemberRange): Promise<number[]> {
  const first = pageOf(from);
  const step = (pageOf(to) - first + 1) / SAMPLED_PAGES;
  const places = Array.from({ length: SAMPLED_PAGES }, (_, nth) => first + Math.floor((nth + 0.5) * step));
  const found = await Promise.all(places.map((place) => firstPage(documents, place, pageOf(to))));
  const pages = found.filter((page) => page !== null);
  if (pages.length === 0) pages.push((await firstPage(documents, first, pageOf(to))) ?? first);
  return [...new Set(pages)];
}

/** What the campaign's own rules make of the members on some pages. */
async function lookInto(
  world: World,
  request: EstimateRequest,
  range: MemberRange,
  pages: readonly number[],
): Promise<{ readonly recipients: number; readonly messages: number; readonly pushes: number }> {
  const message = compileMessage(outgoingMessage(request, AD_RULES[world.settings.country]));
  const source = memberSource(metered(world), range, message);
  const { kind, policy } = request;
  const law = { kind, rules: AD_RULES[world.settings.country], night: policy.night };
  const timing = campaignTiming(world, request);
  const mailing: Mailing = { campaignId: request.id, law, timing };
  const seen = { recipients: 0, messages: 0, pushes: 0 };
  // As it will be when the campaign starts.
  const nowMs = Math.max(world.clock.now(), timing.startsAtMs ?? 0);
  for (const page of pages) {
    for await (const { recipients } of source.walk(within(page, range))) {
      for (const { recipient } of recipients) {
        const drafts = resolveRecipient(mailing, recipient, nowMs);
        seen.recipients += 1;
        seen.messages += drafts.length;
        seen.pushes += drafts.filter(({ push, code }) => push !== null || code.startsWith('held.')).length;
      }
    }
  }
  return seen;
}

function within(page: number, { from, to }: MemberRange): Span {
  return { from: Math.max(from, page * MEMBERS_PER_PAGE), to: Math.min(to, (page + 1) * MEMBERS_PER_PAGE - 1) };
}

/** Uploads of full parts and pages, with one address for each recipient. */
function toUpload(world: World, request: EstimateRequest, recipients: number): Audience {
  const pages = Math.ceil(recipients / RECIPIENTS_PER_PAGE);
  return {
    recipients,
    messages: recipients,
    pushes: recipients,
    pages,
    pagesPerRange: pagesPerRange(world, request),
    upload: { recipients, pages, parts: Math.ceil(recipients / PART_MAX_LINES), keyBuckets: bucketCount(recipients) },
    exact: false,
  };
}

const pagesPerRange = ({ settings }: World, { pace }: EstimateRequest): number =>
  Math.max(1, Math.round(shapeOf(pace?.perSecond, settings).recipientsPerRange / MEMBERS_PER_PAGE));

function warningsOf({ messages, pushes, exact, upload }: Audience, seconds: number): string[] {
  const warnings: string[] = [];
  if (upload !== null) {
    warnings.push(
      'Recipients that are named by memberNo add one read for each page of the directory that they fall on: at most one ' +
        'for each of them, where their numbers are scattered.',
    );
  } else if (!exact) {
    warnings.push('Members are reckoned from a sample of the directory, and conditions on tags or consents with them.');
  }
  if (pushes === 0) warnings.push('Nothing would be sent: consent, addresses or variables are missing.');
  else if (pushes < messages / 2) warnings.push('More than half of the recipients would be sent nothing.');
  if (seconds > DAY_SECONDS) warnings.push('At this pace it takes more than a day.');
  return warnings;
}

const empty = (): ProblemError =>
  new ProblemError('audience_empty', 'No member has a number in this range. Upload members first.', [
    { field: '/audience/members', message: 'holds no member' },
  ]);
