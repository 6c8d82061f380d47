import { VirtualClock } from '../memory/clock.ts';
import { MemoryDocuments } from '../memory/documents.ts';
import { Chance } from './chance.ts';
import { Directory } from './directory.ts';
import { Faults, type FaultKind } from './faults.ts';
import { SimulatedFcm } from './fcm.ts';
import { History } from './history.ts';
import { Operator } from './operator.ts';
import { judgeCampaign } from './oracle.ts';
import { Platform } from './platform.ts';
import { drawScenario, type PlannedCampaign, type Scenario } from './scenario.ts';
import { Witness } from './witness.ts';

/** An hour of retries, the longest pauses of the queues, and a night that somebody sleeps through elsewhere. */
const BOUND_MS = 40 * 3_600_000;

export interface RunResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly posts: number;
  /** The oldest look-up of a member that a POST relied on, in milliseconds. */
  readonly oldestLookUpMs: number;
  readonly history: History;
}

/** Plays one seed to its end and judges it. Keeping the history changes nothing of what happens. */
export async function run(seed: number, keepHistory = false): Promise<RunResult> {
  const chance = new Chance(seed);
  const scenario = drawScenario(chance);
  const clock = new VirtualClock(scenario.begin.startMs);
  const now = (): number => clock.now();
  const history = new History(keepHistory, now);
  const faults = new Faults(chance, now, scenario);
  if (scenario.begin.clocksChange) faults.note('clock.changed');
  const witness = new Witness(history, faults, now, (id) => plannedOf(scenario, id));
  const documents = new MemoryDocuments();
  documents.onWritten = (doc) => witness.sawWritten(doc);
  const fcm = new SimulatedFcm((post) => witness.sawPost(post));
  const platform = new Platform({
    clock,
    chance,
    faults,
    history,
    documents,
    fcm,
    witness,
    settings: scenario.settings,
  });
  const directory = new Directory(documents, scenario.begin.timeZone);
  await directory.load(scenario.members);
  const { campaigns } = scenario;
  const operator = new Operator({ clock, chance, faults, platform, witness, campaigns });
  operator.startCampaigns();
  const isNowhere = (id: string): boolean => operator.refused.has(id) && !witness.hasSeen(id);
  const hasEnded = ({ request: { id } }: PlannedCampaign): boolean => isNowhere(id) || witness.stops.hasEnded(id);
  const isOver = (): boolean => operator.isDone && platform.isIdle && campaigns.every(hasEnded);
  void platform.sweepEveryMinute(isOver);
  void operator.interfereNowAndThen();
  void operator.setGoingAgain(isOver);
  void operator.redriveSome();
  void directory.changeNowAndThen(clock, chance, faults, history);
  await clock.runUntil(() => isOver() || now() > faults.calmAtMs + BOUND_MS);

  const asked = campaigns.filter(({ request }) => !isNowhere(request.id));
  const violations = asked.flatMap(({ request, parts }) =>
    judgeCampaign({
      request,
      parts,
      strayPages: witness.strayPages,
      documents: documents.all(),
      members: directory.members,
      touched: directory.touched,
      mayLack: directory.mayLack,
      standing: witness.stops.of(request.id),
      messages: witness.messages,
      repeatedIn: witness.repeatedIn,
      redriven: witness.redriven,
    }),
  );
  return {
    seed,
    violations: [...witness.violations, ...violations],
    faults: faults.counts,
    posts: witness.posts,
    oldestLookUpMs: witness.law.oldestLookUpMs,
    history,
  };
}

function plannedOf({ campaigns }: Scenario, id: string): PlannedCampaign {
  const planned = campaigns.find(({ request }) => request.id === id);
  if (planned === undefined) throw new Error(`nobody asked for a campaign ${id}`);
  return planned;
}
