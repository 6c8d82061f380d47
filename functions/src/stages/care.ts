import type { CareTask } from '../contract/signals.ts';
import { decodeEntries } from '../core/ledger.ts';
import { pageOf } from '../core/page.ts';
import { hasDead, isDead, isImplausible, nextLookMs, withFindings, type Finding } from '../core/quarantine.ts';
import { taskName } from '../core/taskName.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { readLog } from '../store/ledger.ts';
import { metered, type Meter } from '../store/meter.ts';
import { untilSettled } from '../store/mutate.ts';
import { changePage } from '../store/quarantine.ts';
import { rangesFrom } from '../store/ranges.ts';
import type { CampaignRecord, RangeRecord } from '../store/records.ts';
import { addOperations } from '../store/totals.ts';
import type { Source } from './source.ts';
import { sourceOf } from './sources.ts';

/** Ranges of one turn: 400 pages of the directory at the most, read and written in well under a minute. */
const RANGES_PER_TURN = 20;
/** Pages that are changed at once: each may be 1 MiB. */
const PAGES_AT_ONCE = 4;

/**
 * One turn of what is left to do for a campaign that has ended: the directory takes over which addresses FCM called
 * dead. Some ranges a turn, and only those whose totals hold such messages. The same turn again changes nothing.
 */
export async function care(world: World, { campaignId, from }: CareTask): Promise<void> {
  const meter = metered(world);
  const campaign = (await readCampaignRecord(meter.world.documents, campaignId))?.record;
  if (campaign === undefined || campaign.endedAtMs === null || campaign.careFrom !== from) return;
  const turn = await takeTurn(meter, campaign, from);
  if (turn.implausible) world.log.warn('too many addresses are said to be dead to be believed', { campaignId, from });
  const after = await untilSettled(async () => {
    const stored = await readCampaignRecord(meter.world.documents, campaignId);
    // Somebody else took the turn as well, or the campaign runs again: its next end begins anew.
    if (stored === null || stored.record.endedAtMs === null || stored.record.careFrom !== from) return null;
    const { problems, totals } = stored.record;
    const known = !turn.implausible || problems.includes(implausible(world));
    const change: Partial<CampaignRecord> = {
      careFrom: turn.next,
      nextTickAtMs: turn.next === null ? null : world.clock.now(),
      problems: known ? problems : [...problems, implausible(world)],
      totals: { ...totals, operations: addOperations(totals.operations, meter.unbilled(1)) },
    };
    await updateCampaignRecord(meter.world.documents, stored, change);
    return { ...stored.record, ...change };
  });
  if (after !== null) await scheduleCare(world, after);
}

/** Puts the next turn on the clock, where there is one. */
export async function scheduleCare(world: World, campaign: CampaignRecord, reviving = ''): Promise<void> {
  const { id: campaignId, careFrom: from, endedAtMs } = campaign;
  if (from === null || endedAtMs === null) return;
  const name = taskName('care', campaignId, endedAtMs, from, reviving);
  await world.tasks.enqueue('care', { campaignId, from }, { name, atMs: world.clock.now() });
}

interface Turn {
  /** The range that the next turn begins with; null where there is none. */
  readonly next: number | null;
  /** Something was left alone, because FCM can hardly have meant it. */
  readonly implausible: boolean;
}

async function takeTurn(meter: Meter, campaign: CampaignRecord, from: number): Promise<Turn> {
  const { documents, settings } = meter.world;
  const { quarantineShare } = settings;
  if (isImplausible(campaign.totals.counts, quarantineShare)) return { next: null, implausible: true };
  const ranges = (await rangesFrom(documents, campaign.id, from, RANGES_PER_TURN)).map(({ record }) => record);
  const implausible = ranges.filter(({ totals }) => isImplausible(totals.counts, quarantineShare));
  const source = sourceOf(meter, campaign);
  for (const range of ranges) {
    if (implausible.includes(range) || !hasDead(range.totals.counts)) continue;
    await quarantine(meter, campaign, await findingsOf(meter, campaign, source, range));
  }
  const last = ranges.at(-1);
  const more = last !== undefined && ranges.length === RANGES_PER_TURN;
  return { next: more ? last.index + 1 : null, implausible: implausible.length > 0 };
}

/** Which members' addresses a range's messages found dead. */
async function findingsOf(
  { world }: Meter,
  { id }: CampaignRecord,
  source: Source,
  { index }: RangeRecord,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { record } of await readLog(world.documents, id, index)) {
    for (const entry of decodeEntries(record)) {
      const memberNo = source.memberNoOf(entry);
      const { address, code } = entry;
      if (memberNo !== null && address !== null && isDead(code)) findings.push({ memberNo, address, code });
    }
  }
  return findings;
}

async function quarantine(meter: Meter, campaign: CampaignRecord, findings: readonly Finding[]): Promise<void> {
  const { documents, clock, settings, log } = meter.world;
  const pages = [...Map.groupBy(findings, ({ memberNo }) => pageOf(memberNo))];
  for (let start = 0; start < pages.length; start += PAGES_AT_ONCE) {
    const some = pages.slice(start, start + PAGES_AT_ONCE);
    await Promise.all(
      some.map(([page, found]) =>
        changePage(documents, page, ({ quarantine, memberOf }) => {
          const times = { sinceMs: campaign.startedAtMs ?? campaign.createdAtMs, heldAtMs: clock.now() };
          const after = withFindings(quarantine, found, times, (memberNo) => memberOf(memberNo)?.addresses ?? []);
          if (after.leftOut > 0) log.warn('a page has no room for more', { page, leftOut: after.leftOut });
          const lookAtMs = nextLookMs(after.quarantine, settings.addressGraceMs);
          return { quarantine: after.quarantine, lookAtMs, members: [] };
        }),
      ),
    );
  }
}

function implausible({ settings }: World): string {
  const percent = Math.round(settings.quarantineShare * 100);
  return `FCM called more than ${percent}% of the addresses of this campaign, or of a part of it, dead. That is hardly so: these addresses were left alone, and later campaigns use them.`;
}
