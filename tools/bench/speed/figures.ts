import type { CampaignRun } from '../pipeline/campaign.ts';

export const LATENCIES_MS = [0, 50, 200] as const;
export type LatencyMs = (typeof LATENCIES_MS)[number];

/** The pipeline from the acceptance of a campaign to its end, and senders with nothing around them. */
export const CAMPAIGNS = ['range', 'personalised'] as const;
/** The pipeline with the other transport, which is another deployment. */
export const BY_SEND_EACH = 'range by sendEach';
export const SENDERS = [
  'direct',
  'sendEach',
  'raw node:http2',
  'sendEach, 1 call',
  'sendEach, 4 calls',
  'sendEach, 8 calls',
] as const;
export const OLD_WAYS = ['awaited', 'multicast'] as const;
export const ROWS = [...CAMPAIGNS, BY_SEND_EACH, ...SENDERS, ...OLD_WAYS] as const;
export type Row = (typeof ROWS)[number];

/** One run of one row. */
export interface Figure {
  readonly perSecond: number;
  /** Messages per second of the sending process's time; what else is on the machine changes it less. */
  readonly perCpuSecond: number;
  readonly peakMib: number;
  readonly meanMib: number;
  /** Of the pipeline. */
  readonly campaign?: CampaignRun;
}

/** By latency and row, the runs in order. */
export type Figures = ReadonlyMap<LatencyMs, ReadonlyMap<Row, readonly Figure[]>>;
