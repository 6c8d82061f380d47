import { setTimeout as delay } from 'node:timers/promises';
import { plainMembers } from '../../members/member.ts';
import type { Bench, Measurement } from '../measurement.ts';
import { OldServer, type OldRun, type OldWay } from '../oldServer/run.ts';
import {
  runPersonalised,
  runToMembers,
  storeMembers,
  type CampaignRun,
  type CampaignSpec,
} from '../pipeline/campaign.ts';
import { PipelineCloud } from '../pipeline/cloud.ts';
import { perCpuSecond, perSecond, runLoadAt } from '../sender/runs.ts';
import type { LoadSpec, Span } from '../sender/spec.ts';
import {
  BY_SEND_EACH,
  CAMPAIGNS,
  LATENCIES_MS,
  OLD_WAYS,
  SENDERS,
  type Figure,
  type LatencyMs,
  type Row,
} from './figures.ts';
import { headlinesOf, jsonOf, markdownOf, targetsOf } from './verdict.ts';

/** What is held against the pipeline is measured as often as it is; the rest once. */
const COMPARED: readonly Row[] = [...CAMPAIGNS, 'direct', 'sendEach, 8 calls'];

const WARM_UP: CampaignSpec['messages'] = 20_000;
/** Answers to warm up with and to measure; fewer where campaigns are smaller than that. */
const FAST = { warmUp: 15_000, measure: 25_000 };
/** After the in-flight bound has found its place. */
const SLOW: Pick<LoadSpec, 'warmUp' | 'measure'> = { warmUp: span(4_000, 3_000), measure: span(3_000, 0) };
/** The pipeline's own senders: each sends what a campaign does, because a heap that has just begun collects less. */
const OWN: readonly Row[] = ['direct', 'sendEach'];
/** One at a time: so many take some seconds. */
const AWAITED: Readonly<Record<LatencyMs, number>> = { 0: 5_000, 50: 100, 200: 30 };
const MULTICAST: Readonly<Record<LatencyMs, number>> = { 0: 40_000, 50: 20_000, 200: 8_000 };
/** After a campaign its processes still clear up. */
const REST_MS = 1_000;

export const measureSpeed: Measurement = async (bench) => {
  const figures = await measure(bench);
  for (const [latencyMs, figure] of await runBySendEach(bench)) figures.get(latencyMs)?.set(BY_SEND_EACH, [figure]);
  return {
    json: jsonOf(figures),
    headlines: headlinesOf(figures),
    markdown: markdownOf(figures, bench),
    targets: targetsOf(figures),
  };
};

async function measure(bench: Bench): Promise<Map<LatencyMs, Map<Row, Figure[]>>> {
  const { signal, say, speedMessages, rounds } = bench;
  const cloud = await PipelineCloud.start({ signal });
  try {
    say(`storing ${speedMessages.toLocaleString('en-US')} members`);
    await storeMembers(cloud, speedMessages, plainMembers(), signal);
    await runToMembers(cloud, { id: 'warm-up', messages: Math.min(WARM_UP, speedMessages), signal });
    const figures = new Map<LatencyMs, Map<Row, Figure[]>>(LATENCIES_MS.map((ms) => [ms, new Map()]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const latencyMs of LATENCIES_MS) {
        await cloud.setLatency(latencyMs);
        const rows = [...CAMPAIGNS, ...SENDERS, ...OLD_WAYS].filter((row) => round === 1 || COMPARED.includes(row));
        for (const row of round % 2 === 1 ? rows : rows.toReversed()) {
          signal.throwIfAborted();
          say(`round ${round} of ${rounds}, answers after ${latencyMs} ms: ${row}`);
          const figure = await runRow(row, { ...bench, cloud, latencyMs, round });
          const known = figures.get(latencyMs)?.get(row) ?? [];
          figures.get(latencyMs)?.set(row, [...known, figure]);
        }
      }
    }
    return figures;
  } finally {
    await cloud.stop();
  }
}

/** Firebase-admin's own transport is held against its own bare sender: half as many messages, once. */
async function runBySendEach({ signal, say, speedMessages }: Bench): Promise<Map<LatencyMs, Figure>> {
  const messages = Math.ceil(speedMessages / 2);
  const cloud = await PipelineCloud.start({ signal, transport: 'sendEach' });
  try {
    await storeMembers(cloud, messages, plainMembers(), signal);
    await runToMembers(cloud, { id: 'warm-up', messages: Math.min(WARM_UP, messages), signal });
    const figures = new Map<LatencyMs, Figure>();
    for (const latencyMs of LATENCIES_MS) {
      say(`answers after ${latencyMs} ms: ${BY_SEND_EACH}`);
      await cloud.setLatency(latencyMs);
      const spec = { id: `range-${latencyMs}`, messages, signal };
      figures.set(latencyMs, figureOf(await runToMembers(cloud, spec)));
    }
    return figures;
  } finally {
    await cloud.stop();
  }
}

interface Turn extends Bench {
  readonly cloud: PipelineCloud;
  readonly latencyMs: LatencyMs;
  readonly round: number;
}

async function runRow(row: Exclude<Row, typeof BY_SEND_EACH>, turn: Turn): Promise<Figure> {
  switch (row) {
    case 'range':
    case 'personalised':
      return runCampaign(row, turn);
    case 'awaited':
    case 'multicast':
      return runOldWay(row, turn);
    case 'direct':
    case 'sendEach':
    case 'raw node:http2':
      return runSender(turn, row, { way: row });
    case 'sendEach, 1 call':
      return runSender(turn, row, { way: 'bare sendEach', calls: 1 });
    case 'sendEach, 4 calls':
      return runSender(turn, row, { way: 'bare sendEach', calls: 4 });
    case 'sendEach, 8 calls':
      return runSender(turn, row, { way: 'bare sendEach', calls: 8 });
  }
}

async function runCampaign(
  row: (typeof CAMPAIGNS)[number],
  { cloud, latencyMs, round, speedMessages: messages, signal }: Turn,
): Promise<Figure> {
  const spec = { id: `${row}-${latencyMs}-${round}`, messages, signal };
  const campaign = await (row === 'range' ? runToMembers(cloud, spec) : runPersonalised(cloud, spec));
  await delay(REST_MS, undefined, { signal });
  return figureOf(campaign);
}

function figureOf(campaign: CampaignRun): Figure {
  const { peakMib, meanMib } = campaign.sending;
  const perCpu = (campaign.messages * 1_000) / (campaign.cpuMs['sendRange'] ?? NaN);
  return { perSecond: campaign.perSecond, perCpuSecond: perCpu, peakMib, meanMib, campaign };
}

/** Against the same simulator, the rest of the cloud doing nothing. */
async function runSender(turn: Turn, row: Row, how: Pick<LoadSpec, 'way' | 'calls'>): Promise<Figure> {
  const { cloud } = turn;
  cloud.measure();
  await cloud.resetFcm();
  const spec: LoadSpec = { ...how, fcm: cloud.fcm, perSecond: null, slowShare: 0, ...spansOf(row, turn) };
  const { result, peakRssMib, meanRssMib } = await runLoadAt(spec);
  const perCpu = perCpuSecond(result);
  return { perSecond: perSecond(result), perCpuSecond: perCpu, peakMib: peakRssMib, meanMib: meanRssMib };
}

function spansOf(row: Row, { latencyMs, speedMessages }: Turn): Pick<LoadSpec, 'warmUp' | 'measure'> {
  if (OWN.includes(row)) return { warmUp: SLOW.warmUp, measure: span(1_000, speedMessages) };
  if (latencyMs > 0) return SLOW;
  return {
    warmUp: span(500, Math.min(FAST.warmUp, speedMessages)),
    measure: span(1_000, Math.min(FAST.measure, speedMessages)),
  };
}

async function runOldWay(
  way: Extract<OldWay, Row>,
  { cloud, latencyMs, speedMessages, signal }: Turn,
): Promise<Figure> {
  cloud.measure();
  const messages = Math.min(speedMessages, (way === 'awaited' ? AWAITED : MULTICAST)[latencyMs]);
  const server = await OldServer.start(latencyMs);
  try {
    const run: OldRun = await server.run(way, messages, signal);
    if (run.accepted < messages) throw new Error(`${way}: ${run.failed} messages were not accepted`);
    const { peakMib, meanMib } = run.footprint;
    return { perSecond: run.perSecond, perCpuSecond: (run.accepted * 1_000) / run.cpuMs, peakMib, meanMib };
  } finally {
    await server.stop();
  }
}

function span(ms: number, answers: number): Span {
  return { ms, answers };
}
