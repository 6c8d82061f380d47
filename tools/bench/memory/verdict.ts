import type { BaselineFigures } from './baseline.ts';
import type { CampaignFigures } from './campaign.ts';
import type { PartsFigures } from './parts.ts';
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

export interface Verdict {
  readonly what: string;
  readonly holds: boolean;
}

/** What must hold of the figures. */
export function verdictsOf({ campaigns, hanging, parts }: MemoryFigures): Verdict[] {
  const smallest = campaigns[0];
  const largest = campaigns.at(-1);
  const verdicts = campaigns.map(({ messages, sending }) =>
    atMost(`sending ${count(messages)}`, sending.peakMib, SENDING_MAX_MIB),
  );
  if (smallest !== undefined && largest !== undefined && smallest !== largest) {
    const times = (name: 'sending' | 'ingesting'): Verdict => {
      const growth = largest[name].peakMib / smallest[name].peakMib;
      const what = `${name} ${count(largest.messages)} takes ${growth.toFixed(3)} times what ${count(smallest.messages)} takes`;
      return { what: `${what} (at most ${GROWTH_MAX})`, holds: growth <= GROWTH_MAX };
    };
    verdicts.push(times('sending'), times('ingesting'));
  }
  const beside = campaigns.find(({ messages }) => messages === hanging.messages);
  if (beside !== undefined) {
    const ratio = hanging.messagesPerSecond / beside.messagesPerSecond;
    const what = `with 5% hanging ${ratio.toFixed(2)} of the rate without (at least ${HANGING_RATE_MIN})`;
    verdicts.push({ what, holds: ratio >= HANGING_RATE_MIN });
  }
  verdicts.push(
    atMost('sending with 5% hanging', hanging.sending.peakMib, SENDING_HANGING_MAX_MIB),
    atMost(`ingesting ${parts.atOnce} parts of 24 MB at once`, parts.ingesting.peakMib, INGESTING_MAX_MIB),
  );
  return verdicts;
}

function atMost(what: string, mib: number, max: number): Verdict {
  return { what: `${what}: peak ${mib.toFixed(0)} MiB (at most ${max})`, holds: mib <= max };
}

/** The figures as a table, every one with the size that it was measured at. */
export function tableOf({ campaigns, hanging, parts, baselines }: MemoryFigures): string {
  const rows = [
    ...campaigns.map((one) => row('sending', one.messages, one.messagesPerSecond, one.sending)),
    row('sending, 5% hang 8 s', hanging.messages, hanging.messagesPerSecond, hanging.sending),
    ...campaigns.map((one) => row('ingesting', one.messages, null, one.ingesting)),
    row(`ingesting, ${parts.atOnce} x 24 MB`, parts.parts * 10_000, null, parts.ingesting),
    ...baselines.map((one) =>
      row(
        `old: send ${one.way}${one.failed > 0 ? `, ${count(one.failed)} failed` : ''}`,
        one.messages,
        one.messagesPerSecond,
        one.footprint,
      ),
    ),
  ];
  const head = ['', 'messages', 'messages/s', 'start MiB', 'peak MiB', 'slope MiB/min'];
  return [head, ...rows]
    .map(([name = '', ...cells]) => name.padEnd(40) + cells.map((cell) => cell.padStart(15)).join(''))
    .join('\n');
}

function row(
  name: string,
  messages: number,
  perSecond: number | null,
  { startMib, peakMib, slopeMibPerMinute }: Footprint,
) {
  return [
    name,
    count(messages),
    perSecond === null ? '' : count(Math.round(perSecond)),
    startMib.toFixed(0),
    peakMib.toFixed(0),
    slopeMibPerMinute.toFixed(1),
  ];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
