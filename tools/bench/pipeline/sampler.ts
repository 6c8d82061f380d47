import type { Host } from '../../local/local-cloud.ts';
import type { GroupName } from '../../local/topology.ts';

const SAMPLE_INTERVAL_MS = 200;
const MIB = 1024 * 1024;

/** One process's resident memory at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly rssMib: number;
}

/** What one process took over a span of time. */
export interface Footprint {
  /** Before it was given work. */
  readonly startMib: number;
  readonly peakMib: number;
  readonly meanMib: number;
  /** Least-squares slope over the second half of the span; 0 where there are too few samples. */
  readonly slopeMibPerMinute: number;
  /** What that slope comes to over the second half, and how far samples lie from the line (standard deviation). */
  readonly growthMib: number;
  readonly noiseMib: number;
}

/** A process that is looked at, by a name that no other process has had. */
export interface Looked {
  readonly name: string;
  /** Resident memory; undefined where the process is gone. */
  readonly rssBytes: number | undefined;
}

/** Asks for the memory of some processes, several times a second. */
export class Sampler {
  readonly #series = new Map<string, Sample[]>();
  readonly #look: () => readonly Looked[];
  readonly #timer: NodeJS.Timeout;

  constructor(look: () => readonly Looked[]) {
    this.#look = look;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_INTERVAL_MS);
    // What is measured may fail before it is stopped, and the process shall end then.
    this.#timer.unref();
  }

  /** Ends the sampling. @returns what the process that took the most, took */
  stop(): Footprint {
    clearInterval(this.#timer);
    this.#sample();
    const footprints = [...this.#series.values()].map(footprintOf);
    return footprints.reduce((worst, one) => (one.peakMib > worst.peakMib ? one : worst));
  }

  #sample(): void {
    const atMs = performance.now();
    for (const { name, rssBytes } of this.#look()) {
      if (rssBytes === undefined) continue;
      const series = this.#series.get(name) ?? [];
      series.push({ atMs, rssMib: rssBytes / MIB });
      this.#series.set(name, series);
    }
  }
}

/** The processes that serve one group of functions. */
export function processesOf(host: Host, group: GroupName): () => Looked[] {
  return () =>
    host
      .instances()
      .filter((instance) => instance.group === group)
      .map(({ name, pid, rssBytes }) => ({ name: `${name} ${pid ?? ''}`, rssBytes }));
}

function footprintOf(samples: readonly Sample[]): Footprint {
  const { slope, growthMib, noiseMib } = trendOf(samples.slice(Math.floor(samples.length / 2)));
  return {
    startMib: samples[0]?.rssMib ?? 0,
    peakMib: samples.reduce((peak, { rssMib }) => Math.max(peak, rssMib), 0),
    meanMib: mean(samples.map(({ rssMib }) => rssMib)),
    slopeMibPerMinute: slope * 60_000,
    growthMib,
    noiseMib,
  };
}

/** The least-squares line through the samples; its slope is in MiB per millisecond. */
function trendOf(samples: readonly Sample[]): { slope: number; growthMib: number; noiseMib: number } {
  const [first] = samples;
  const last = samples.at(-1);
  if (samples.length < 3 || first === undefined || last === undefined) return { slope: 0, growthMib: 0, noiseMib: 0 };
  const meanAt = mean(samples.map(({ atMs }) => atMs));
  const meanRss = mean(samples.map(({ rssMib }) => rssMib));
  const covariance = mean(samples.map(({ atMs, rssMib }) => (atMs - meanAt) * (rssMib - meanRss)));
  const slope = covariance / mean(samples.map(({ atMs }) => (atMs - meanAt) ** 2));
  const squares = samples.map(({ atMs, rssMib }) => (rssMib - meanRss - slope * (atMs - meanAt)) ** 2);
  return { slope, growthMib: slope * (last.atMs - first.atMs), noiseMib: Math.sqrt(mean(squares)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
