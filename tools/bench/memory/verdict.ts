import { atMost, round, table, type Target } from '../measurement.ts';
import type { OldRun } from '../oldServer/run.ts';
import type { UploadRun } from '../pipeline/campaign.ts';
import type { Footprint } from '../pipeline/sampler.ts';
import { slowHeadlines, slowJson, slowMarkdown, slowTargets, type SlowFigures } from '../slow.ts';
import type { PartsFigures } from './parts.ts';

/** What the functions may take, in MiB. */
const SENDING_MAX_MIB = 256;
const INGESTING_MAX_MIB = 384;
/** How much a campaign of ten times the size may take more. */
const GROWTH_MAX = 1.05;
/** Of what the old server takes for sending all at once. */
const OF_ALL_AT_ONCE_MAX = 1 / 16;

export interface MemoryFigures {
  /** By rising size, the smallest several times and the largest twice; all through the same processes. */
  readonly campaigns: readonly UploadRun[];
  readonly slow: SlowFigures;
  readonly parts: PartsFigures;
  readonly oldWays: readonly OldRun[];
}

type Group = 'sending' | 'ingesting';

/** Of each size, the run in which the process of this group took the most. */
function worst(campaigns: readonly UploadRun[], group: Group): UploadRun[] {
  const bySize = Map.groupBy(campaigns, ({ messages }) => messages);
  return [...bySize.values()].map((runs) =>
    runs.reduce((most, run) => (run[group].peakMib > most[group].peakMib ? run : most)),
  );
}

export function jsonOf(figures: MemoryFigures): Record<string, unknown> {
  const { campaigns } = figures;
  const sizes = new Set(campaigns.map(({ messages }) => messages));
  const rounded = (messages: number, group: Group): number => Math.round(peak(campaigns, messages, group));
  const rssMb = Object.fromEntries(
    Array.from(sizes, (size) => [size, { sending: rounded(size, 'sending'), ingesting: rounded(size, 'ingesting') }]),
  );
  return { rssMb, rssVsAllAtOnce: vsAllAtOnce(figures), ...slowJson(figures.slow), memory: figures };
}

export function headlinesOf(figures: MemoryFigures): string[] {
  const { campaigns, parts, slow, oldWays } = figures;
  const sent = worst(campaigns, 'sending').map(
    ({ messages, sending }) =>
      `${count(messages)} messages that are all different: at most ${mib(sending)} MiB resident`,
  );
  const atOnce = oldWays.find(({ way }) => way === 'at-once');
  return [
    `${sent.join('; ')}. Four parts of 24 MB uploaded at once: ${mib(parts.ingesting)} MiB.`,
    ...(atOnce === undefined
      ? []
      : [
          `The old server's \`send\` of ${count(atOnce.messages)} at once takes ${mib(atOnce.footprint)} MiB${atOnce.died === null ? `, and ${count(atOnce.failed)} of them fail` : ' and does not end'}.`,
        ]),
    ...slowHeadlines(slow),
  ];
}

/** What must hold of the figures. */
export function targetsOf(figures: MemoryFigures): Target[] {
  const { campaigns, parts, slow } = figures;
  return [
    ...worst(campaigns, 'sending').map(({ messages, sending }) =>
      atMost(`sending ${count(messages)}: peak`, sending.peakMib, SENDING_MAX_MIB, 'MiB'),
    ),
    ...sizeTargets(campaigns),
    ...growthTargets(campaigns),
    atMost(`ingesting ${parts.atOnce} parts of 24 MB at once: peak`, parts.ingesting.peakMib, INGESTING_MAX_MIB, 'MiB'),
    atMost('sending, peak of what sending all at once takes', vsAllAtOnce(figures), OF_ALL_AT_ONCE_MAX),
    ...slowTargets(slow),
  ];
}

function sizeTargets(campaigns: readonly UploadRun[]): Target[] {
  const smallest = campaigns[0]?.messages ?? 0;
  const largest = campaigns.at(-1)?.messages ?? 0;
  if (smallest === largest) return [];
  return (['sending', 'ingesting'] as const).map((group) => {
    const grown = peak(campaigns, largest, group) / peak(campaigns, smallest, group);
    return atMost(`${group}, peak of ${count(largest)} over ${count(smallest)}`, round(grown), GROWTH_MAX);
  });
}

/** What each of two runs of the same size grew by, beside what it may grow by chance and what they differ in. */
function growthTargets(campaigns: readonly UploadRun[]): Target[] {
  const runs = campaigns.slice(-2).map(({ sending }) => sending);
  const [one, two] = runs;
  if (one === undefined || two === undefined) return [];
  const difference = Math.abs(one.growthMib - two.growthMib);
  return runs.map(({ growthMib, noiseMib }, index) => {
    const what = `sending ${count(campaigns.at(-1)?.messages ?? 0)}, run ${index + 1}: growth in the second half, to the noise`;
    return atMost(what, round(growthMib), round(Math.max(noiseMib, difference)), 'MiB');
  });
}

/** The most that a process of this group took in a campaign of this size, in MiB. */
function peak(campaigns: readonly UploadRun[], messages: number, group: Group): number {
  const runs = campaigns.filter((run) => run.messages === messages);
  return Math.max(...runs.map((run) => run[group].peakMib));
}

/** At the size of the old server's run, or the next above. */
function vsAllAtOnce({ campaigns, oldWays }: MemoryFigures): number {
  const atOnce = oldWays.find(({ way }) => way === 'at-once');
  const beside = campaigns.find(({ messages }) => messages >= (atOnce?.messages ?? 0)) ?? campaigns[0];
  return Math.round(((beside?.sending.peakMib ?? NaN) / (atOnce?.footprint.peakMib ?? NaN)) * 1_000) / 1_000;
}

/** The figures as tables, every one with the size that it was measured at. */
export function markdownOf({ campaigns, slow, parts, oldWays }: MemoryFigures): string {
  const rows = [
    ...shown(campaigns, 'sending').map((one) => row('sending', one.messages, one.perSecond, one.sending)),
    ...shown(campaigns, 'ingesting').map((one) => row('ingesting', one.messages, null, one.ingesting)),
    row(`ingesting, ${parts.atOnce} x 24 MB`, parts.parts * 10_000, null, parts.ingesting),
    ...oldWays.map((one) => {
      const failed = one.died !== null ? `, ${one.died}` : one.failed > 0 ? `, ${count(one.failed)} failed` : '';
      return row(`old: send ${one.way}${failed}`, one.messages, one.perSecond, one.footprint);
    }),
  ];
  return [
    'Resident memory of the sending and of the ingesting instance. The campaigns went through the same two processes, one',
    'after the other: the smallest so many times that the processes had carried what the largest brought, without the first,',
    'because a process takes its working memory with the time that it works; then the others, the largest twice. Of the',
    'smallest the run with the highest peak is shown. Slope (least squares), growth and noise are of the second half of a run.',
    'Noise is what it could have grown by chance, because a heap takes its pages in steps: the 95% bound of the sum of what each',
    'tenth of it has more than the one before, and at least what two runs differ by. The parts met a process that had done',
    'nothing. The old server sends over TLS, as it did, and may open 20,000 files.',
    '',
    table(
      ['', 'messages', 'messages/s', 'start MiB', 'mean MiB', 'peak MiB', 'MiB/min', 'growth MiB', 'noise MiB'],
      rows,
    ),
    '',
    slowMarkdown(slow),
  ].join('\n');
}

/** Those of the smallest size as one. */
function shown(campaigns: readonly UploadRun[], group: Group): readonly UploadRun[] {
  const smallest = campaigns[0]?.messages;
  const small = campaigns.filter(({ messages }) => messages === smallest);
  return [...worst(small, group), ...campaigns.slice(small.length)];
}

function row(name: string, messages: number, perSecond: number | null, footprint: Footprint): (string | number)[] {
  const { startMib, meanMib, peakMib, slopeMibPerMinute, growthMib, noiseMib } = footprint;
  return [
    name,
    messages,
    perSecond === null ? '' : Math.round(perSecond),
    ...[startMib, meanMib, peakMib].map(Math.round),
    ...[slopeMibPerMinute, growthMib, noiseMib].map(round),
  ];
}

const mib = ({ peakMib }: Footprint): string => count(Math.round(peakMib));
const count = (n: number): string => n.toLocaleString('en-US');
