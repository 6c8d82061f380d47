/** One process's resident memory at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly rssMib: number;
}

/** Where a process's memory goes over a span of time. */
export interface Trend {
  /** Least-squares slope; 0 where there are too few samples. */
  readonly slopeMibPerMinute: number;
  /** What that slope comes to over the span. */
  readonly growthMib: number;
  /**
   * What the span could have grown by without growing at all: the 95% confidence bound of the sum of what one stretch has
   * more than the one before. A heap takes its pages in steps and at no set times, so one step says nothing, while what
   * grows from stretch to stretch leaves no doubt.
   */
  readonly noiseMib: number;
}

/** Equal parts that a span is cut into. */
const STRETCHES = 10;
/** Student's t, two-sided 95%, of the nine rises between them. */
const STUDENT_T = 2.306;
const FLAT: Trend = { slopeMibPerMinute: 0, growthMib: 0, noiseMib: 0 };

export function trendOf(samples: readonly Sample[]): Trend {
  const [first] = samples;
  const last = samples.at(-1);
  if (samples.length < STRETCHES || first === undefined || last === undefined) return FLAT;
  const meanAt = mean(samples.map(({ atMs }) => atMs));
  const meanRss = mean(samples.map(({ rssMib }) => rssMib));
  const covariance = mean(samples.map(({ atMs, rssMib }) => (atMs - meanAt) * (rssMib - meanRss)));
  const slope = covariance / mean(samples.map(({ atMs }) => (atMs - meanAt) ** 2));
  return {
    slopeMibPerMinute: slope * 60_000,
    growthMib: slope * (last.atMs - first.atMs),
    noiseMib: noiseOf(samples.map(({ rssMib }) => rssMib)),
  };
}

function noiseOf(rssMib: readonly number[]): number {
  const levels = Array.from({ length: STRETCHES }, (_, stretch) => {
    const at = (index: number): number => Math.floor((index * rssMib.length) / STRETCHES);
    return mean(rssMib.slice(at(stretch), at(stretch + 1)));
  });
  const rises = levels.slice(1).map((level, index) => level - (levels[index] as number));
  const meanRise = mean(rises);
  const variance = rises.reduce((sum, rise) => sum + (rise - meanRise) ** 2, 0) / (rises.length - 1);
  return STUDENT_T * Math.sqrt(variance * rises.length);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
