/** Ways to send: our two adapters, and what they are held against. */
export const WAYS = ['direct', 'sendEach', 'raw node:http2', 'bare sendEach'] as const;
export type Way = (typeof WAYS)[number];

/** Calls of bare `sendEach` in flight, where a run does not say; more gained nothing. */
export const BARE_CALLS = 8;

/** Ends when both are reached. Answers, so that a busy machine makes it longer and not shorter of work. */
export interface Span {
  readonly ms: number;
  readonly answers: number;
}

/** One run of `load.ts`. */
export interface LoadSpec {
  readonly way: Way;
  /** host:port of the simulator. */
  readonly fcm: string;
  /** Not measured: until connections are open and code is compiled, or until slow answers come as they went out. */
  readonly warmUp: Span;
  readonly measure: Span;
  /** Messages offered per second; null for as many as go. */
  readonly perSecond: number | null;
  /** Share of addresses that answer after 8 s. */
  readonly slowShare: number;
  /** Of bare `sendEach`: calls in flight. */
  readonly calls?: number;
}

/** What one run saw in its measured time. */
export interface LoadResult {
  readonly answers: number;
  readonly elapsedMs: number;
  /** Processor time of the process, garbage collection included. */
  readonly cpuMs: number;
  /** Answers other than `accepted`. */
  readonly failures: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number };
}
