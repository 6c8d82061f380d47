import type { BaselineFigures } from './baseline.ts';
import type { CampaignFigures } from './campaign.ts';
import type { PartsFigures } from './parts.ts';
import { atLeast, atMost, table, type Target } from '../measurement.ts';
import type { Footprint } from './sampler.ts';

/** What the functions may take, in MiB. */
const SENDING_MAX_MIB = 256;
const SENDING_HANGING_MAX_MIB = 384;
const INGESTING_MAX_MIB = 384;
/** How much a campaign of ten times the size may take more. */
const GROWTH_MAX = 1.05;
const HANGING_RATE_MIN = 0.8;

export interface MemoryFigures {
  /** By rising size, none with addresses that hang. */
  readonly campaigns: readonly CampaignFigures[];
  readonly hanging: CampaignFigures;
  readonly parts: PartsFigures;
  readonly baselines: readonly BaselineFigures[];
}

/** What must hold of the figures. */
export function targetsOf({ campaigns, hanging, parts }: MemoryFigures): Target[] {
  const beside = campaigns.find(({ messages }) => messages === hanging.messages);
  return [
    ...campaigns.map(({ messages, sending }) =>
      atMost(`sending ${count(messages)}: peak`, sending.peakMib, SENDING_MAX_MIB, 'MiB'),
    ),
    ...growthOf(campaigns),
    ...(beside === undefined
      ? []
      : [atLeast('rate with 5% hanging 8 s', hanging.messagesPerSecond / beside.messagesPerSecond, HANGING_RATE_MIN)]),
    atMost('sending with 5% hanging 8 s: peak', hanging.sending.peakMib, SENDING_HANGING_MAX_MIB, 'MiB'),
    atMost(`ingesting ${parts.atOnce} parts of 24 MB at once: peak`, parts.ingesting.peakMib, INGESTING_MAX_MIB, 'MiB'),
  ];
}

function growthOf(campaigns: readonly CampaignFigures[]): Target[] {
  const smallest = campaigns[0];
  const largest = campaigns.at(-1);
  if (smallest === undefined || largest === undefined || smallest === largest) return [];
  const sizes = `${count(largest.messages)} over ${count(smallest.messages)}`;
  const grown = (name: 'sending' | 'ingesting'): number => largest[name].peakMib / smallest[name].peakMib;
  return [
    atMost(`sending, peak of ${sizes}`, grown('sending'), GROWTH_MAX),
    atMost(`ingesting, peak of ${sizes}`, grown('ingesting'), GROWTH_MAX),
  ];
}

/** The figures as a table, every one with the size that it was measured at. */
export function tableOf({ campaigns, hanging, parts, baselines }: MemoryFigures): string {
  const rows = [
    ...campaigns.map((one) => row('sending', one.messages, one.messagesPerSecond, one.sending)),
    row('sending, 5% hang 8 s', hanging.messages, hanging.messagesPerSecond, hanging.sending),
    ...campaigns.map((one) => row('ingesting', one.messages, null, one.ingesting)),
    row(`ingesting, ${parts.atOnce} x 24 MB`, parts.parts * 10_000, null, parts.ingesting),
    ...baselines.map((one) => {
      const failed = one.failed > 0 ? `, ${count(one.failed)} failed` : '';
      return row(`old: send ${one.way}${failed}`, one.messages, one.messagesPerSecond, one.footprint);
    }),
  ];
  return table(['', 'messages', 'messages/s', 'start MiB', 'peak MiB', 'slope MiB/min'], rows);
}

function row(
  name: string,
  messages: number,
  perSecond: number | null,
  { startMib, peakMib, slopeMibPerMinute }: Footprint,
): (string | number)[] {
  return [
    name,
    messages,
    perSecond === null ? '' : Math.round(perSecond),
    Math.round(startMib),
    Math.round(peakMib),
    Math.round(slopeMibPerMinute * 10) / 10,
  ];
}

const count = (n: number): string => n.toLocaleString('en-US');
