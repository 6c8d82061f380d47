import type { Host } from '../../local/localCloud.ts';
import type { GroupName } from '../../local/topology.ts';
import { mean, trendOf, type Sample, type Trend } from './trend.ts';

const SAMPLE_INTERVAL_MS = 200;
const MIB = 1024 * 1024;

/** What one process took over a span of time; its trend is that of the second half. */
export interface Footprint extends Trend {
  /** Before it was given work. */
  readonly startMib: number;
  readonly peakMib: number;
  readonly meanMib: number;
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
  return {
    startMib: samples[0]?.rssMib ?? 0,
    peakMib: samples.reduce((peak, { rssMib }) => Math.max(peak, rssMib), 0),
    meanMib: mean(samples.map(({ rssMib }) => rssMib)),
    ...trendOf(samples.slice(Math.floor(samples.length / 2))),
  };
}
