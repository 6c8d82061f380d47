import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { FAULT_KINDS, type FaultKind } from './faults.ts';
import type { Mutant } from './mutants/mutant.ts';
import type { Shift, ShiftResult } from './worker.ts';

const YOUNG_MIB = 64;

export interface Simulated {
  readonly seeds: number;
  /** By seed. */
  readonly failures: ShiftResult['failures'];
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** Fault kinds that no run showed. */
  readonly missing: readonly FaultKind[];
  readonly posts: number;
  readonly oldestLookUpMs: number;
  /** Per second of one core's time. */
  readonly seedsPerSecond: number;
}

/** Plays the seeds from `first` on, on all processors. */
export async function simulate(first: number, seeds: number): Promise<Simulated> {
  const threads = Math.max(1, Math.min(availableParallelism(), Math.ceil(seeds / 50)));
  const results = await Promise.all(
    Array.from({ length: threads }, (_, nth) => {
      const count = Math.floor(seeds / threads) + (nth < seeds % threads ? 1 : 0);
      return work({ first: first + nth, step: threads, count, mutant: null, untilViolation: false });
    }),
  );
  const faults = new Map(
    FAULT_KINDS.map((kind) => [kind, total(results.map((result) => result.faults.get(kind) ?? 0))]),
  );
  return {
    seeds,
    failures: results.flatMap(({ failures }) => failures).sort((a, b) => a.seed - b.seed),
    faults,
    missing: FAULT_KINDS.filter((kind) => faults.get(kind) === 0),
    posts: total(results.map(({ posts }) => posts)),
    oldestLookUpMs: Math.max(...results.map(({ oldestLookUpMs }) => oldestLookUpMs)),
    seedsPerSecond: Math.round(total(results.map((result) => (1_000 * result.seeds) / result.cpuMs)) / threads),
  };
}

export interface Hunted {
  readonly mutant: Mutant;
  /** Seeds until the first violation, that one included; null where all of them passed. */
  readonly seeds: number | null;
  readonly violation: string;
}

/** Plants each mutant in turn and plays seeds from `first` on until it is found, `most` at the most. */
export async function huntMutants(
  mutants: readonly Mutant[],
  { first, most }: { readonly first: number; readonly most: number },
  onFound: (found: Hunted) => void = () => undefined,
): Promise<Hunted[]> {
  const waiting = [...mutants];
  const hunted: Hunted[] = [];
  const hunt = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { seeds, failures } = await work({ first, step: 1, count: most, mutant, untilViolation: true });
      const [violation = ''] = failures[0]?.violations ?? [];
      const found: Hunted = { mutant, seeds: failures.length > 0 ? seeds : null, violation };
      hunted.push(found);
      onFound(found);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, hunt));
  return hunted;
}

async function work(shift: Shift): Promise<ShiftResult> {
  // Little of what a run allocates outlives a minute of its clock; in a large young generation it dies uncopied.
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MIB };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: shift, resourceLimits });
  const [result] = (await once(worker, 'message')) as [ShiftResult];
  return result;
}

const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
