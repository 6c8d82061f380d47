import { atLeast, atMost, median, round, table, type Bench, type Target } from '../measurement.ts';
import type { CampaignRun } from '../pipeline/campaign.ts';
import {
  BY_SEND_EACH,
  CAMPAIGNS,
  LATENCIES_MS,
  ROWS,
  type Figure,
  type Figures,
  type LatencyMs,
  type Row,
} from './figures.ts';

const OF_SENDER_MIN = 0.85;
const OF_SEND_EACH_MIN = 1;
const OF_AWAITED_MIN = 20;
const INSTANCE_MIN_PER_SECOND = 3_000;
const INSTANCE_MAX_MIB = 256;
const FIRST_POST_MAX_MS = 1_000;
/** For 500 messages. */
const FIRESTORE_MAX = 8;
/** For 10,000 messages. */
const PUBSUB_MAX = 1;

type Kind = (typeof CAMPAIGNS)[number];

const runsOf = (figures: Figures, latencyMs: LatencyMs, row: Row): readonly Figure[] =>
  figures.get(latencyMs)?.get(row) ?? [];

function middle(figures: Figures, latencyMs: LatencyMs, row: Row, of: (figure: Figure) => number): number {
  return median(runsOf(figures, latencyMs, row).map(of));
}

const rate = ({ perSecond }: Figure): number => perSecond;
const perCpu = ({ perCpuSecond }: Figure): number => perCpuSecond;

/** Half the distance between the slowest and the fastest run, in percent of the median. */
function spread(figures: Figures, latencyMs: LatencyMs, row: Row): number {
  const rates = runsOf(figures, latencyMs, row).map(rate);
  return Math.round((50 * (Math.max(...rates) - Math.min(...rates))) / median(rates));
}

function campaignsOf(figures: Figures, kinds: readonly Kind[] = CAMPAIGNS): CampaignRun[] {
  return LATENCIES_MS.flatMap((latencyMs) =>
    kinds.flatMap((kind) => runsOf(figures, latencyMs, kind).flatMap(({ campaign }) => campaign ?? [])),
  );
}

/** Of both kinds of campaign to one row, by latency. */
function ratios(figures: Figures, to: Row, of = rate): Record<string, Record<Kind, number>> {
  const ratio = (latencyMs: LatencyMs, kind: Kind): number =>
    round(middle(figures, latencyMs, kind, of) / middle(figures, latencyMs, to, of));
  return Object.fromEntries(
    LATENCIES_MS.map((ms) => [ms, { range: ratio(ms, 'range'), personalised: ratio(ms, 'personalised') }]),
  );
}

function bySendEach(figures: Figures): Record<string, number> {
  const ratio = (ms: LatencyMs): number =>
    round(middle(figures, ms, BY_SEND_EACH, rate) / middle(figures, ms, 'sendEach', rate));
  return Object.fromEntries(LATENCIES_MS.map((ms) => [ms, ratio(ms)]));
}

/** Operations for 500 messages, the most that any run took. */
function operationsPer500(figures: Figures, kind: Kind): Record<string, number> {
  const runs = campaignsOf(figures, [kind]);
  const most = (of: (operations: CampaignRun['operations']) => number): number =>
    round(Math.max(...runs.map(({ operations, messages }) => (of(operations) * 500) / messages)));
  return {
    firestoreReads: most(({ firestoreReads }) => firestoreReads),
    firestoreWrites: most(({ firestoreWrites }) => firestoreWrites),
    firestoreDeletes: most(({ firestoreDeletes }) => firestoreDeletes),
    firestore: most(({ firestoreReads, firestoreWrites }) => firestoreReads + firestoreWrites),
    pubsubMessages: most(({ pubsubMessages }) => pubsubMessages),
    taskOperations: most(({ taskOperations }) => taskOperations),
  };
}

function instanceAt200ms(figures: Figures): { messagesPerSecondAt200ms: number; rssMb: number } {
  const slower = Math.min(...CAMPAIGNS.map((kind) => middle(figures, 200, kind, rate)));
  const peaks = campaignsOf(figures).map(({ sending }) => sending.peakMib);
  return { messagesPerSecondAt200ms: Math.round(slower), rssMb: Math.round(Math.max(...peaks)) };
}

const vsAwaited = (figures: Figures): number =>
  round(middle(figures, 50, 'range', rate) / middle(figures, 50, 'awaited', rate));
const firstPostMs = (figures: Figures): number => median(campaignsOf(figures).map((run) => run.acceptToFirstPostMs));

export function jsonOf(figures: Figures): Record<string, unknown> {
  return {
    endToEndVsSender: ratios(figures, 'direct'),
    endToEndVsBareSendEach: ratios(figures, 'sendEach, 8 calls'),
    endToEndVsSenderBySendEach: bySendEach(figures),
    endToEndVsSenderPerCore: ratios(figures, 'direct', perCpu),
    vsOneAtATime: { 50: vsAwaited(figures) },
    instance: instanceAt200ms(figures),
    operationsPer500: Object.fromEntries(CAMPAIGNS.map((kind) => [kind, operationsPer500(figures, kind)])),
    acceptToFirstPostMs: firstPostMs(figures),
  };
}

export function headlinesOf(figures: Figures): string[] {
  const { messagesPerSecondAt200ms, rssMb } = instanceAt200ms(figures);
  const needed = Math.ceil(10_000 / messagesPerSecondAt200ms);
  const at50ms = (row: Row): string => count(Math.round(middle(figures, 50, row, rate)));
  return [
    `One instance (1 vCPU, 512 MiB) sends ${count(messagesPerSecondAt200ms)} messages/s where FCM answers after 200 ms, with at most ${rssMb} MiB resident. ${needed} of them use up FCM's 10,000 messages/s.`,
    `Where FCM answers after 50 ms: ${at50ms('range')} messages/s, and ${at50ms('personalised')} of personalised ones. Its sender alone makes ${at50ms('direct')}, bare \`sendEach\` ${at50ms('sendEach, 8 calls')}, \`await send()\` ${at50ms('awaited')}.`,
    `The first POST reaches FCM ${Math.round(firstPostMs(figures))} ms after a campaign's acceptance was answered.`,
  ];
}

export function targetsOf(figures: Figures): Target[] {
  const each = (to: Row, what: string, least: number): Target[] =>
    Object.entries(ratios(figures, to)).flatMap(([latency, of]) =>
      CAMPAIGNS.map((kind) => atLeast(`${kind} at ${latency} ms, of ${what}`, of[kind], least)),
    );
  const { messagesPerSecondAt200ms, rssMb } = instanceAt200ms(figures);
  return [
    ...each('direct', 'its bare sender', OF_SENDER_MIN),
    ...Object.entries(bySendEach(figures)).map(([latency, ratio]) =>
      atLeast(`${BY_SEND_EACH} at ${latency} ms, of its bare sender`, ratio, OF_SENDER_MIN),
    ),
    ...each('sendEach, 8 calls', 'bare sendEach', OF_SEND_EACH_MIN),
    atLeast('range at 50 ms, times one at a time', vsAwaited(figures), OF_AWAITED_MIN),
    atLeast('one instance at 200 ms', messagesPerSecondAt200ms, INSTANCE_MIN_PER_SECOND, 'messages/s'),
    atMost('one instance, peak of all campaigns', rssMb, INSTANCE_MAX_MIB, 'MiB'),
    atMost('acceptance to first POST, median', firstPostMs(figures), FIRST_POST_MAX_MS, 'ms'),
    ...CAMPAIGNS.flatMap((kind) => {
      const { firestore = NaN, pubsubMessages = NaN } = operationsPer500(figures, kind);
      return [
        atMost(`${kind}: Firestore operations for 500 messages`, firestore, FIRESTORE_MAX),
        atMost(`${kind}: Pub/Sub messages for 10,000 messages`, round(pubsubMessages * 20), PUBSUB_MAX),
      ];
    }),
  ];
}

export function markdownOf(figures: Figures, { speedMessages, rounds }: Bench): string {
  return [
    `Campaigns of ${count(speedMessages)} messages through one instance, from the answer to their acceptance until they are completed`,
    '(`at FCM`: from the first POST to the last), and senders with nothing around them, against the same simulator. Medians of',
    `${rounds} rounds (rows that nothing is held against: one), the spread as plus or minus percent. \`/core\` is per second of the`,
    "sending process's time. `direct` and `sendEach` run behind the in-flight control that the pipeline has, and send as many",
    "messages as a campaign; the other senders are measured for some seconds. The old server's `send` speaks TLS.",
    ...LATENCIES_MS.flatMap((latencyMs) => [
      '',
      `FCM answers after ${latencyMs} ms:`,
      '',
      speedTable(figures, latencyMs),
    ]),
    '',
    'Processor seconds for 100,000 messages by part of the local cloud, and operations for 500:',
    '',
    costTable(figures),
  ].join('\n');
}

function speedTable(figures: Figures, latencyMs: LatencyMs): string {
  const rows = ROWS.map((row) => {
    const of = (value: (figure: Figure) => number): number => Math.round(middle(figures, latencyMs, row, value));
    const ratio = (to: Row): number =>
      round(middle(figures, latencyMs, row, rate) / middle(figures, latencyMs, to, rate));
    return [
      nameOf(row),
      of(rate),
      steady(figures, latencyMs, row),
      spread(figures, latencyMs, row),
      of(perCpu),
      ratio('direct'),
      ratio('sendEach, 8 calls'),
      of(({ meanMib }) => meanMib),
      of(({ peakMib }) => peakMib),
    ];
  });
  return table(['', '/s', '/s at FCM', '+- %', '/core', 'of direct', 'of sendEach', 'mean MiB', 'peak MiB'], rows);
}

/** From the first POST at FCM to the last; of a bare sender there is nothing before and after. */
function steady(figures: Figures, latencyMs: LatencyMs, row: Row): number | string {
  const rates = runsOf(figures, latencyMs, row).flatMap(({ campaign }) => campaign?.postsPerSecond ?? []);
  return rates.length === 0 ? '' : Math.round(median(rates));
}

function nameOf(row: Row): string {
  if (row === BY_SEND_EACH || (CAMPAIGNS as readonly Row[]).includes(row)) return `pipeline, ${row}`;
  if (row === 'awaited') return 'old: send one at a time';
  return row === 'multicast' ? 'old: sendEachForMulticast, 4 threads' : `bare ${row.replace('raw ', '')}`;
}

function costTable(figures: Figures): string {
  const runs = campaignsOf(figures);
  const parts = [...new Set(runs.flatMap(({ cpuMs }) => Object.keys(cpuMs)))].toSorted();
  const rows = CAMPAIGNS.map((kind) => {
    const of = campaignsOf(figures, [kind]);
    const seconds = parts.map((part) =>
      round(median(of.map(({ cpuMs, messages }) => ((cpuMs[part] ?? 0) * 100) / messages))),
    );
    const { firestore: _, ...operations } = operationsPer500(figures, kind);
    return [kind, ...seconds, ...Object.values(operations)];
  });
  return table(['', ...parts, 'reads', 'writes', 'deletes', 'Pub/Sub', 'tasks'], rows);
}

const count = (n: number): string => n.toLocaleString('en-US');
