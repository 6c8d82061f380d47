import { readConfig } from '../../../functions/src/config.ts';
import { campaignRequestSchema, type CampaignView } from '../../../functions/src/contract/campaign.ts';
import type { Operations } from '../../../functions/src/contract/operations.ts';
import { createCampaign, startCampaign } from '../../../functions/src/stages/ingest.ts';
import { putPart, type PartLine } from '../../../functions/src/stages/part.ts';
import { estimateCampaign } from '../../../functions/src/stages/estimate.ts';
import { listCampaigns, listOutcomes, showCampaign } from '../../../functions/src/stages/report.ts';
import { estimateRequestSchema } from '../../../functions/src/contract/estimate.ts';
import { BenchCloud } from './cloud.ts';
import type { Sizes } from './documents.ts';
import { walkByExample } from './walk.ts';

/**
 * One campaign to so many members on the virtual platform, in a process of its own, because its memory is measured.
 * Usage: node --expose-gc tools/bench/stages/run.ts MEMBERS range|upload; prints one JSON object.
 */
export interface StagesRun {
  readonly members: number;
  readonly view: Pick<CampaignView, 'state' | 'planned' | 'conserved' | 'operations' | 'cost'>;
  readonly estimated: Operations;
  /** Processor time of the whole run, planning, conducting, reporting and listing included. */
  readonly cpuSeconds: number;
  /** On the virtual clock. */
  readonly campaignSeconds: number;
  /** What is alive on the heap inside each stage, at the most. */
  readonly peakBytes: Readonly<Record<string, number>>;
  readonly sizes: Sizes;
  readonly payloads: { readonly message: number; readonly task: number };
  readonly invocations: BenchCloud['invocations'];
  readonly instances: number;
}

/** More members than this are walked by example. */
const WALKED_MAX = 250_000;
/** How often the heap is looked at in each stage. */
const LOOKS_MAX = 40;
const PART_LINES = 10_000;
/** Lines of the ledger that are told; nobody needs to read all of 100 million to see what the reading holds. */
const LISTED_MAX = 1_000_000;

const members = Number(process.argv[2]);
const kind = process.argv[3];
const collect = (globalThis as { gc?: () => void }).gc;
if (!Number.isSafeInteger(members) || members < 1 || (kind !== 'range' && kind !== 'upload') || collect === undefined) {
  throw new TypeError('usage: node --expose-gc tools/bench/stages/run.ts MEMBERS range|upload');
}

const peakBytes: Record<string, number> = {};
function look(stage: string): void {
  collect?.();
  peakBytes[stage] = Math.max(peakBytes[stage] ?? 0, process.memoryUsage().heapUsed);
}

const request = {
  id: 'scale',
  kind: 'transactional',
  audience: kind === 'range' ? { members: { from: 1, to: members } } : { recipients: {} },
  message: { title: '{{name|고객}}님, 점검 안내', body: '오늘 밤 2시부터 3시까지 점검합니다.' },
};

async function run(): Promise<StagesRun> {
  const cloud = new BenchCloud(readConfig(), members);
  const { world, clock, documents } = cloud;
  if (members > WALKED_MAX) cloud.walk = walkByExample(cloud);
  const looks: Record<string, number> = {};
  cloud.onCommit = (stage) => {
    // Evenly over the run, as far as it is known: a range takes about 55 commits, and a turn comes for 10 s of sending.
    const nth = (looks[stage] = (looks[stage] ?? 0) + 1);
    const commits = stage === 'conduct' ? members / 100_000 : Math.min(members, WALKED_MAX) / 220;
    if (nth % Math.max(1, Math.floor(commits / LOOKS_MAX)) === 0) look(stage);
  };
  const estimate = await cloud.during(() =>
    estimateCampaign(
      world,
      estimateRequestSchema.parse({ ...request, ...(kind === 'upload' ? { recipients: members } : {}) }),
    ),
  );
  look('estimate');
  await cloud.during(() => createCampaign(world, campaignRequestSchema.parse(request), 'bench'));
  if (kind === 'upload') await upload(cloud);
  look('create');
  await clock.runUntil(() => documents.settled >= members / 2);
  await cloud.during(() => showCampaign(world, 'scale'));
  await cloud.during(() => listCampaigns(world, {}));
  look('report');
  await clock.runUntil(() => cloud.isIdle);
  await list(cloud);
  const { state, planned, conserved, operations, cost, startedAt, endedAt } = await showCampaign(world, 'scale');
  if (state !== 'completed') throw new Error(`the campaign is ${state}: ${cloud.problems.join('; ')}`);
  const { user, system } = process.cpuUsage();
  return {
    members,
    view: { state, planned, conserved, operations, cost },
    estimated: estimate.operations,
    cpuSeconds: (user + system) / 1e6,
    campaignSeconds: (Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '')) / 1_000,
    peakBytes,
    sizes: documents.sizes,
    payloads: cloud.payloads,
    invocations: cloud.invocations,
    instances: cloud.senders.count,
  };
}

/** Uploads as many recipients, each with a text of its own, and starts the campaign. */
async function upload(cloud: BenchCloud): Promise<void> {
  const { world } = cloud;
  const parts = Math.ceil(members / PART_LINES);
  for (let part = 1; part <= parts; part += 1) {
    const digest = String(part);
    await cloud.during(() => putPart(world, { campaignId: 'scale', part, digest, lines: linesOf(part) }));
  }
  await cloud.during(() => startCampaign(world, 'scale', { parts, recipients: members }, 'bench'));
}

async function* linesOf(part: number): AsyncGenerator<PartLine> {
  const count = Math.min(PART_LINES, members - (part - 1) * PART_LINES);
  for (let line = 1; line <= count; line += 1) {
    const key = `order-${part}-${line}`;
    const token = `accept:${key.padStart(156, 'x')}`;
    yield { line, recipient: { key, token, body: `주문 ${key}이 발송됐어요. 오늘 도착합니다.` } };
  }
}

/** What `GET …/outcomes` holds while it tells a campaign of any length. */
async function list({ world }: BenchCloud): Promise<void> {
  let told = 0;
  for await (const _ of await listOutcomes(world, 'scale', {})) {
    told += 1;
    if (told % (LISTED_MAX / LOOKS_MAX) === 0) look('list');
    if (told === LISTED_MAX) return;
  }
  look('list');
}

process.stdout.write(`${JSON.stringify(await run())}\n`);
