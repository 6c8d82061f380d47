import { DEFAULT_FAULTS } from '../members/faults.ts';
import { plainMembers } from '../members/member.ts';
import { atLeast, atMost, round, table, type Measurement, type Target } from './measurement.ts';
import { runPersonalised, storeMembers, type UploadRun } from './pipeline/campaign.ts';
import { PipelineCloud } from './pipeline/cloud.ts';

const PER_SECOND = 3_000;
const HANGING_SHARE = 0.05;
/** Of the messages' rate without such addresses. */
const RATE_MIN = 0.8;
const PEAK_MAX_MIB = 384;
const MEMBERS = 20_000;

/** Two campaigns at the same set rate through one instance: in the second one address in twenty answers after 8 s. */
export interface SlowFigures {
  readonly calm: UploadRun;
  readonly hanging: UploadRun;
}

export const measureSlow: Measurement = async (bench) => {
  const figures = await runSlow(bench);
  const markdown = slowMarkdown(figures);
  return { json: slowJson(figures), headlines: slowHeadlines(figures), markdown, targets: slowTargets(figures) };
};

export async function runSlow({
  baselineMessages: messages,
  signal,
  say,
}: Parameters<Measurement>[0]): Promise<SlowFigures> {
  const cloud = await PipelineCloud.start({ signal });
  try {
    const run = async (id: string, share: number): Promise<UploadRun> => {
      say(`${messages.toLocaleString('en-US')} messages at ${PER_SECOND}/s, ${share * 100}% of addresses hang 8 s`);
      const faults = { ...DEFAULT_FAULTS, 'hang-8000': share };
      const profile = plainMembers(faults);
      await storeMembers(cloud, MEMBERS, profile, signal);
      const members = { profile, lastMemberNo: MEMBERS };
      return runPersonalised(cloud, { id, messages, signal, perSecond: PER_SECOND, faults, members });
    };
    return { calm: await run('calm', 0), hanging: await run('hanging', HANGING_SHARE) };
  } finally {
    await cloud.stop();
  }
}

const rateRatio = ({ calm, hanging }: SlowFigures): number => hanging.postsPerSecond / calm.postsPerSecond;

export function slowJson(figures: SlowFigures): Record<string, unknown> {
  const memoryRatio = figures.hanging.sending.peakMib / figures.calm.sending.peakMib;
  return { slowTokens: { throughputRatio: round(rateRatio(figures)), memoryRatio: round(memoryRatio) } };
}

export function slowHeadlines(figures: SlowFigures): string[] {
  const { messages, postsPerSecond, sending } = figures.hanging;
  const size = messages.toLocaleString('en-US');
  const share = `${Math.round(100 * rateRatio(figures))}% of the rate without them`;
  return [
    `With 5% of addresses that answer after 8 s, ${size} messages set to ${PER_SECOND.toLocaleString('en-US')}/s go out at ${Math.round(postsPerSecond).toLocaleString('en-US')}/s, ${share}, with at most ${Math.round(sending.peakMib)} MiB.`,
  ];
}

export function slowTargets(figures: SlowFigures): Target[] {
  const { hanging } = figures;
  return [
    atLeast('5% hanging 8 s, of the rate without them', round(rateRatio(figures)), RATE_MIN),
    atLeast('5% hanging 8 s, of the set rate', round(hanging.postsPerSecond / PER_SECOND), RATE_MIN),
    atMost('5% hanging 8 s: peak', Math.round(hanging.sending.peakMib), PEAK_MAX_MIB, 'MiB'),
  ];
}

export function slowMarkdown({ calm, hanging }: SlowFigures): string {
  const row = (name: string, run: UploadRun): (string | number)[] => [
    name,
    run.messages,
    Math.round(run.postsPerSecond),
    Math.round(run.perSecond),
    Math.round(run.sending.meanMib),
    Math.round(run.sending.peakMib),
  ];
  return [
    `Personalised campaigns set to ${PER_SECOND.toLocaleString('en-US')} messages/s through one instance. The rate is taken from the first POST at`,
    'FCM to the last; to the end there come the 8 s of the last address that hangs, and what is sent again.',
    '',
    table(
      ['', 'messages', '/s at FCM', '/s to the end', 'mean MiB', 'peak MiB'],
      [row('all answer at once', calm), row('5% hang 8 s', hanging)],
    ),
  ].join('\n');
}
