import { join } from 'node:path';
import { BenchChild, PINNED } from './child.ts';
import { atLeast, atMost, median, round, table, type Bench, type Finding, type Target } from './measurement.ts';
import type { Faults } from './sender/faults.ts';
import { measureCeiling, perCpuSecond, perSecond, runLoad, type Ceiling, type Latency } from './sender/runs.ts';
import { WAYS, type LoadResult, type Span, type Way } from './sender/spec.ts';

const ADAPTERS = ['direct', 'sendEach'] as const;
type Adapter = (typeof ADAPTERS)[number];

/** What may be given a rate: the raw sessions keep their streams full, whatever comes back late. */
const PACED = ['direct', 'sendEach', 'bare sendEach'] as const;

const ROUNDS = 3;
const WARM: Span = { ms: 500, answers: 15_000 };
const FAST: Span = { ms: 1_000, answers: 25_000 };
/** At 50 and 200 ms, after the in-flight bound has found its place. */
const SLOW_WARM: Span = { ms: 4_000, answers: 3_000 };
const STEADY: Span = { ms: 3_000, answers: 0 };
/** Slow answers come 8 s after they went out: from then on as many come as go. */
const STRAGGLER_WARM: Span = { ms: 10_000, answers: 0 };
const STRAGGLER_MEASURE: Span = { ms: 8_000, answers: 0 };
const SLOW = { perSecond: 3_000, share: 0.05, latencyMs: 50 };
/** FCM's usual answers as a log-normal distribution, at a rate that nobody has to wait for. */
const CALM = { perSecond: 1_000, latency: { p50Ms: 50, p99Ms: 200 } };
const CALM_MEASURE: Span = { ms: 6_000, answers: 0 };

interface Figures {
  /** By way and round: messages per second of processor time, and of time. */
  readonly fast: Record<Way, readonly LoadResult[]>;
  readonly at50ms: Record<Way, LoadResult>;
  readonly at200ms: Record<Way, Row>;
  readonly slow: Record<(typeof PACED)[number], Row>;
  readonly calm: Record<(typeof PACED)[number], LoadResult>;
  readonly faults: Record<Adapter, Faults>;
  readonly ceiling: Ceiling;
}
interface Row extends LoadResult {
  readonly rssMb: number;
}

/** The two adapters, beside the least that node:http2 takes and firebase-admin as it comes, in one interleaved run. */
export async function measureSender(bench: Bench): Promise<Finding> {
  const figures = await measure(bench);
  return { json: { sender: jsonOf(figures) }, markdown: markdownOf(figures), targets: targetsOf(figures) };
}

async function measure({ say, signal }: Bench): Promise<Figures> {
  const each = async <W extends Way, T>(ways: readonly W[], run: (way: W) => Promise<T>): Promise<Record<W, T>> => {
    const rows = new Map<W, T>();
    for (const way of ways) {
      signal.throwIfAborted();
      rows.set(way, await run(way));
    }
    return Object.fromEntries(rows) as Record<W, T>;
  };
  const load = (latency: Latency | null, warmUp: Span, measured: Span, rate: number | null = null, slowShare = 0) => {
    return async (way: Way): Promise<Row> => {
      const spec = { way, warmUp, measure: measured, perSecond: rate, slowShare };
      const { result, peakRssMib } = await runLoad(latency, spec);
      return { ...result, rssMb: peakRssMib };
    };
  };
  say("the simulator's own ceiling");
  const ceiling = await measureCeiling();
  const rounds: Record<Way, LoadResult>[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`as fast as it goes, round ${round} of ${ROUNDS}`);
    rounds.push(await each(round % 2 === 1 ? WAYS : WAYS.toReversed(), load(null, WARM, FAST)));
  }
  const fast = await each(WAYS, (way) => Promise.resolve(rounds.map((round) => round[way])));
  say('answers after 50 ms');
  const at50ms = await each(WAYS, load({ fixedMs: 50 }, SLOW_WARM, STEADY));
  say('answers after 200 ms');
  const at200ms = await each(WAYS, load({ fixedMs: 200 }, SLOW_WARM, STEADY));
  say('every twentieth address after 8 s, at a set rate');
  const straggling = load({ fixedMs: SLOW.latencyMs }, STRAGGLER_WARM, STRAGGLER_MEASURE, SLOW.perSecond, SLOW.share);
  const slow = await each(PACED, straggling);
  say('latency of single messages');
  const calm = await each(PACED, load(CALM.latency, STEADY, CALM_MEASURE, CALM.perSecond));
  say('faults');
  const faults = { direct: await meetFaults('direct'), sendEach: await meetFaults('sendEach') };
  return { fast, at50ms, at200ms, slow, calm, faults, ceiling };
}

async function meetFaults(adapter: Adapter): Promise<Faults> {
  const child = new BenchChild('load', process.execPath, [join(import.meta.dirname, 'sender', 'faults.ts'), adapter]);
  try {
    return JSON.parse(await child.firstLine()) as Faults;
  } finally {
    await child.stop();
  }
}

const perCore = ({ fast }: Figures, way: Way): number => median(fast[way].map(perCpuSecond));
const rate = ({ fast }: Figures, way: Way): number => median(fast[way].map(perSecond));
const slowRatio = ({ slow }: Figures, way: keyof Figures['slow']): number => perSecond(slow[way]) / SLOW.perSecond;

/** 99.9 of 100 values of a normal distribution lie below 3.09 standard deviations, 99 below 2.326. */
function serverP999Ms(): number {
  const { p50Ms, p99Ms } = CALM.latency;
  return p50Ms * (p99Ms / p50Ms) ** (3.0902 / 2.3263);
}

function ratiosOf(figures: Figures, way: keyof Figures['slow']) {
  const { at200ms, slow, calm } = figures;
  return {
    vsRaw: round(perCore(figures, way) / perCore(figures, 'raw node:http2')),
    vsSendEach: round(perCore(figures, way) / perCore(figures, 'bare sendEach')),
    at200ms: { messagesPerSecond: Math.round(perSecond(at200ms[way])), rssMb: at200ms[way].rssMb },
    slow: { ratio: round(slowRatio(figures, way)), rssMb: slow[way].rssMb },
    p999Ratio: round(calm[way].latencyMs.p999 / serverP999Ms()),
  };
}

function jsonOf(figures: Figures): object {
  const of = (way: Adapter) => ({ ...ratiosOf(figures, way), faults: figures.faults[way] });
  return {
    direct: of('direct'),
    sendEach: of('sendEach'),
    simulator: { ceilingPerSecond: figures.ceiling.messagesPerSecond, by: figures.ceiling.by },
  };
}

/** What the product's sender must reach. Of `sendEach` only that it fails well: it cannot be as fast. */
function targetsOf(figures: Figures): Target[] {
  const direct = ratiosOf(figures, 'direct');
  const fastest = Math.max(...WAYS.map((way) => rate(figures, way)));
  return [
    atLeast('direct, of raw node:http2 per core', direct.vsRaw, 0.85),
    atLeast('direct, times bare sendEach per core', direct.vsSendEach, 1.5),
    atLeast('direct at 200 ms', direct.at200ms.messagesPerSecond, 6_000, 'messages/s'),
    atMost('direct at 200 ms', direct.at200ms.rssMb, 512, 'MiB'),
    atLeast(`direct with 5% slow, of ${SLOW.perSecond} messages/s`, direct.slow.ratio, 0.8),
    atMost('direct with 5% slow', direct.slow.rssMb, 384, 'MiB'),
    atMost("direct, p99.9 of latency, times the server's", direct.p999Ratio, 2),
    atLeast("simulator's ceiling, times the fastest way", round(figures.ceiling.messagesPerSecond / fastest), 3),
    ...ADAPTERS.flatMap((way) => faultTargets(way, figures.faults[way])),
  ];
}

function faultTargets(way: Adapter, { hangs, unhandled, leaks, doublePosts }: Faults): Target[] {
  const counts = { hangs, 'unhandled rejections': unhandled, leaks, 'repeated POSTs': doublePosts };
  return Object.entries(counts).map(([what, count]) => atMost(`${way}, ${what} in faults`, count, 0));
}

function markdownOf(figures: Figures): string {
  const { at50ms, at200ms, slow, calm, faults, ceiling, fast } = figures;
  const speed = WAYS.map((way) => [
    way,
    Math.round(perCore(figures, way)),
    Math.round(rate(figures, way)),
    round(perCore(figures, way) / perCore(figures, 'raw node:http2')),
    Math.round(perSecond(at50ms[way])),
    Math.round(perSecond(at200ms[way])),
    at200ms[way].rssMb,
  ]);
  const trouble = PACED.map((way) => [
    way,
    Math.round(perSecond(slow[way])),
    round(slowRatio(figures, way)),
    slow[way].rssMb,
    calm[way].latencyMs.p50,
    calm[way].latencyMs.p999,
    ratiosOf(figures, way).p999Ratio,
  ]);
  const counted = ADAPTERS.map((way) => [way, ...Object.values(faults[way]).map(Number)]);
  return [
    'Messages per second, the median of interleaved rounds, each in a process of its own; `/core` is per second of processor',
    `time (${fast.direct.length} rounds), which other programs on the machine change less. At 50 and 200 ms the adapters run behind`,
    'their in-flight control, raw node:http2 keeps 2,000 messages in flight and bare `sendEach` 8 calls of 500.',
    '',
    table(['way', '/core', '/s', 'of raw', '/s at 50 ms', '/s at 200 ms', 'MiB at 200 ms'], speed),
    '',
    `With 5% of addresses that answer after 8 s and ${SLOW.latencyMs} ms else, at a set rate of ${SLOW.perSecond} messages/s; and latency of single`,
    `messages at ${CALM.perSecond} messages/s, where the server's own p99.9 is ${Math.round(serverP999Ms())} ms.`,
    '',
    table(['way', '/s, 5% slow', 'of the set rate', 'MiB', 'p50 ms', 'p99.9 ms', "of the server's"], trouble),
    '',
    'Faults, every behaviour of the simulator with one culprit among 150 messages and with all:',
    '',
    table(['adapter', 'rows', 'hangs', 'unhandled', 'leaks', 'double POSTs'], counted),
    '',
    `The simulator alone answers ${ceiling.messagesPerSecond.toLocaleString('en-US')} messages/s, by ${ceiling.by}.`,
    PINNED ? 'Load and server are pinned to a core each.' : 'Load and server share the cores: nothing was pinned here.',
  ].join('\n');
}
