import { parentPort, workerData } from 'node:worker_threads';
import type { FaultKind } from './faults.ts';
import type { Mutant } from './mutants/mutant.ts';
import { plant } from './plant.ts';

/** What a thread is to do: play every `step`th seed from `first` on, `count` of them. */
export interface Shift {
  readonly first: number;
  readonly step: number;
  readonly count: number;
  readonly mutant: Mutant | null;
  /** A planted fault is found once. */
  readonly untilViolation: boolean;
}

export interface ShiftResult {
  readonly seeds: number;
  readonly failures: readonly { readonly seed: number; readonly violations: readonly string[] }[];
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly posts: number;
  readonly oldestLookUpMs: number;
  /** Processor time that this thread took, which other programs of the machine do not lengthen. */
  readonly cpuMs: number;
}

/** The simulated services fail all the time, and nobody looks at where: a seed is played again to be looked at. */
Error.stackTraceLimit = 0;

const shift = workerData as Shift;
if (shift.mutant !== null) plant(shift.mutant);
const { run } = await import('./run.ts');

const failures: { seed: number; violations: readonly string[] }[] = [];
const faults = new Map<FaultKind, number>();
let seeds = 0;
let posts = 0;
let oldestLookUpMs = 0;
const before = process.threadCpuUsage();
for (; seeds < shift.count; seeds += 1) {
  if (shift.untilViolation && failures.length > 0) break;
  const result = await run(shift.first + seeds * shift.step);
  if (result.violations.length > 0) failures.push({ seed: result.seed, violations: result.violations });
  for (const [kind, count] of result.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
  posts += result.posts;
  oldestLookUpMs = Math.max(oldestLookUpMs, result.oldestLookUpMs);
}
const { user, system } = process.threadCpuUsage(before);
const result: ShiftResult = { seeds, failures, faults, posts, oldestLookUpMs, cpuMs: (user + system) / 1_000 };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins
parentPort?.postMessage(result);
