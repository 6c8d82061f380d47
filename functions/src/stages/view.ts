import type { CampaignView } from '../contract/campaign.ts';
import type { Billing } from '../contract/operations.ts';
import { costOf } from '../core/cost.ts';
import { tally } from '../core/counts.ts';
import { plannedShare } from '../core/plan.ts';
import { scheduleWarnings } from '../core/schedule.ts';
import type { CampaignRecord, RangeRecord } from '../store/records.ts';
import { addTotals } from '../store/totals.ts';
import { spanOf } from './sources.ts';

/**
 * A campaign as it is shown.
 * @param open the ranges of which the campaign's totals do not hold everything yet
 */
export function campaignView(
  campaign: CampaignRecord,
  open: readonly RangeRecord[],
  nowMs: number,
  billing: Billing,
): CampaignView {
  const { request } = campaign;
  const totals = open.reduce(
    (sum, range) => addTotals(addTotals(sum, range.totals), range.folded, -1),
    campaign.totals,
  );
  const { final, open: pending, outcomes } = tally(totals.counts);
  const progress = shareWalked(campaign, open);
  const elapsedSeconds =
    campaign.startedAtMs === null ? 0 : Math.max(0, ((campaign.endedAtMs ?? nowMs) - campaign.startedAtMs) / 1_000);
  return {
    id: campaign.id,
    kind: request.kind,
    state: campaign.state,
    ending: campaign.ending,
    audience: request.audience,
    schedule: request.schedule ?? null,
    startsAt: campaign.startsAtMs === null ? null : iso(campaign.startsAtMs),
    warnings: campaign.startedAtMs === null ? scheduleWarnings(request.schedule) : [],
    policy: request.policy,
    pace: paceOf(campaign, nowMs),
    planned: totals.planned,
    walked: campaign.walked,
    outcomes,
    reasons: Object.fromEntries(Object.entries(totals.counts).sort(([a], [b]) => (a < b ? -1 : 1))),
    pending,
    conserved: totals.planned === final && pending === 0,
    resent: totals.resent,
    progress,
    ratePerSecond: elapsedSeconds === 0 ? 0 : round(final / elapsedSeconds),
    etaSeconds: eta(campaign, progress, elapsedSeconds),
    recipientsKeptUntil:
      campaign.uploadUntilMs === null || campaign.endedAtMs === null ? null : iso(campaign.uploadUntilMs),
    haltedBecause: campaign.haltedBecause,
    problems: [
      ...campaign.problems,
      ...healthProblems(campaign),
      ...unreadableProblem(campaign, totals.counts['failed.unreadable'] ?? 0),
      ...lettersProblem(campaign),
    ],
    deadLetters: {
      count: campaign.deadLetters.count,
      latest: campaign.deadLetters.latest.map(({ atMs, source, reason }) => ({ at: iso(atMs), source, reason })),
    },
    operations: totals.operations,
    cost: costOf(totals.operations, outcomes.accepted, billing),
    createdAt: iso(campaign.createdAtMs),
    startedAt: campaign.startedAtMs === null ? null : iso(campaign.startedAtMs),
    endedAt: campaign.endedAtMs === null ? null : iso(campaign.endedAtMs),
    createdBy: campaign.createdBy,
    audit: campaign.audit.map(({ atMs, who, what }) => ({ at: iso(atMs), who, what })),
  };
}

function healthProblems({ state, haltedBecause, health: { outage } }: CampaignRecord): string[] {
  if (haltedBecause !== null) return [`The campaign was halted. ${haltedBecause}`];
  if (state !== 'running' || outage === null) return [];
  return [
    `FCM has accepted next to nothing since ${iso(outage.sinceMs)}. The campaign rests, asks with one batch at a time (${outage.probes} so far), and goes on by itself when one comes through.`,
  ];
}

function unreadableProblem({ unreadable }: CampaignRecord, failed: number): string[] {
  if (failed === 0) return [];
  const where = unreadable.length === 0 ? '' : `, among others on: ${unreadable.join(', ')}`;
  return [
    `${failed} messages failed because what is stored of their recipients cannot be read${where}. Repair it, then redrive the campaign.`,
  ];
}

function lettersProblem({ deadLetters, endedAtMs }: CampaignRecord): string[] {
  const last = deadLetters.latest.at(-1);
  if (last === undefined || endedAtMs !== null) return [];
  return [
    `${deadLetters.count} messages to ${last.source} or other parts of the pipeline were given up (${last.reason}). What they were for is asked for again; where the number grows, the log tells why it fails.`,
  ];
}

function paceOf({ request, state, pace }: CampaignRecord, nowMs: number): CampaignView['pace'] {
  const isGranted = state === 'running' && nowMs < pace.untilMs;
  return { perSecond: request.pace?.perSecond ?? null, grantedPerSecond: isGranted ? round(pace.perSecond) : 0 };
}

function shareWalked(campaign: CampaignRecord, open: readonly RangeRecord[]): number {
  if (campaign.startedAtMs === null) return 0;
  const span = spanOf(campaign);
  if (span === null) return 0;
  const unwalked = open.reduce((sum, range) => sum + (range.to - range.walkedTo), 0);
  const share = plannedShare(campaign, span) - unwalked / (span.to - span.from + 1);
  return Math.min(1, Math.max(0, share));
}

function eta(campaign: CampaignRecord, progress: number, elapsedSeconds: number): number | null {
  if (campaign.endedAtMs !== null) return 0;
  // Of what waits for a retry nobody knows how long it will.
  if (campaign.state !== 'running' || progress === 0 || progress === 1) return null;
  return round((elapsedSeconds * (1 - progress)) / progress);
}

const round = (value: number): number => Math.round(value * 10) / 10;
const iso = (ms: number): string => new Date(ms).toISOString();
