import type { Documents, Log, Settings, World } from '../../functions/src/ports.ts';
import { inFlight } from '../../functions/src/stages/inFlight.ts';
import { SharedLooks } from '../../functions/src/stages/looks.ts';
import { sendRange } from '../../functions/src/stages/sendRange.ts';
import { sweep } from '../../functions/src/stages/sweep.ts';
import { LOOK_MS } from '../../functions/src/stages/watch.ts';
import type { VirtualClock } from '../memory/clock.ts';
import { Life } from '../memory/life.ts';
import { MemoryTasks } from '../memory/taskQueue.ts';
import { runTask } from '../memory/tasks.ts';
import { MemoryRanges } from '../memory/topics.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { SimulatedFcm } from './fcm.ts';
import type { History } from './history.ts';
import { remoteDocuments, remoteRanges, remoteTasks, type Line } from './network.ts';
import { SKEW_MS } from './skew.ts';
import type { Witness } from './witness.ts';

type Handler = (world: World) => Promise<void>;

const MIB = 1_048_576;
const SWEEP_EVERY_MS = 60_000;
/** Cloud Tasks and Pub/Sub try again soon, then ever later (entry/task.ts: 2 s to 10 min). */
const BACKOFF_MS = { first: 2_000, most: 600_000 };
/** The longest that Pub/Sub and Cloud Tasks wait for a handler's answer. */
const ACK_DEADLINE_MS = 600_000;

export interface Parts {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly history: History;
  readonly documents: Documents;
  readonly fcm: SimulatedFcm;
  readonly witness: Witness;
  readonly settings: Settings;
}

/** Pub/Sub, Cloud Tasks, Cloud Scheduler and Cloud Run: they bring work to invocations, at least once. */
export class Platform {
  readonly #parts: Parts;
  readonly #ranges: MemoryRanges;
  readonly #tasks: MemoryTasks;
  #underWay = 0;
  #invocations = 0;
  #ids = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#ranges = new MemoryRanges(
      (signal) => void this.bring(`range-${signal.range}`, (world) => sendRange(world, signal)),
    );
    this.#tasks = new MemoryTasks(parts.clock, {
      onTask: (made, afterMs) => void this.bring(made.task, (world) => runTask(world, made), afterMs),
    });
  }

  /** No message, task or invocation is left. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** Brings work to invocations until one of them has done it; it may come again after that. */
  bring(what: string, handle: Handler, afterMs = 0): Promise<void> {
    const { faults, chance } = this.#parts;
    const done = this.#untilDone(what, handle, afterMs + this.#delayMs());
    if (faults.strikes('delivery.twice')) {
      void this.#untilDone(
        what,
        handle,
        afterMs + chance.oneOf([0, 1, chance.delayMs(60_000), chance.delayMs(600_000)]),
      );
    }
    return done;
  }

  /** Cloud Scheduler: every minute, and again only the next minute. Of the quiet hours some are enough. */
  async sweepEveryMinute(isOver: () => boolean): Promise<void> {
    const { clock, faults } = this.#parts;
    while (!isOver()) {
      await clock.sleep(faults.areOut ? SWEEP_EVERY_MS : 10 * SWEEP_EVERY_MS);
      await this.#invoke('sweep', sweep).catch(() => undefined);
    }
  }

  #delayMs(): number {
    const { faults, chance } = this.#parts;
    if (faults.strikes('delivery.dropped')) return chance.oneOf([10_000, 60_000, ACK_DEADLINE_MS]);
    return chance.delayMs(faults.strikes('delivery.late') ? 300_000 : 100);
  }

  async #untilDone(what: string, handle: Handler, afterMs: number): Promise<void> {
    const { clock, faults, chance } = this.#parts;
    this.#underWay += 1;
    await clock.sleep(afterMs);
    for (let tries = 0; ; tries += 1) {
      const isDone = await this.#invoke(what, handle).then(
        () => true,
        () => false,
      );
      if (isDone && !faults.strikes('delivery.unacknowledged')) break;
      const backoffMs = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** tries);
      await clock.sleep(chance.whole(backoffMs, 2 * backoffMs));
    }
    this.#underWay -= 1;
  }

  async #invoke(what: string, handle: Handler): Promise<void> {
    const { history } = this.#parts;
    const name = `${what}#${(this.#invocations += 1)}`;
    const life = this.#live(name);
    history.note(name, 'begins');
    try {
      await Promise.race([handle(life.world), life.death]);
      history.note(name, 'ends');
    } catch (error) {
      history.note(name, 'fails', () => String(error));
      throw error;
    }
  }

  #live(name: string): Life {
    const { clock, chance, faults, history, documents, fcm, witness, settings } = this.#parts;
    const skewMs = faults.strikes('clock.skew') ? chance.whole(-SKEW_MS, SKEW_MS) : 0;
    const ownNow = (): number => clock.now() + skewMs;
    const line: Line = {
      name,
      clock,
      ownNow,
      chance,
      faults,
      history,
      isAlive: () => life.isAlive,
      awake: () => life.awake(),
      onRead: (doc) => witness.law.sawRead(name, doc),
      onReadFailed: () => witness.stops.sawTrouble(name),
    };
    const ownClock = {
      now: ownNow,
      sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    };
    const log = (event: string): void => witness.sawLog(name, event);
    const life: Life = new Life({
      documents: remoteDocuments(documents, line),
      ranges: remoteRanges(this.#ranges, line),
      tasks: remoteTasks(this.#tasks, line),
      deadLetters: { put: () => Promise.reject(new Error('nothing in a simulation is unreadable')) },
      sender: fcm.senderOf(line),
      inFlight: inFlight({ perSecond: 6_000, most: 1_000, memoryBytes: 512 * MIB }, ownClock, () => ({
        rssBytes: 128 * MIB,
        busy: 0.5,
      })),
      looks: new SharedLooks(ownClock, LOOK_MS),
      instanceMs: () => clock.now(),
      clock: ownClock,
      random: { id: () => `id-${(this.#ids += 1)}`, fraction: () => chance.fraction() },
      log: { info: log, warn: log, error: log } satisfies Log,
      settings,
    });
    this.#endanger(life, name);
    return life;
  }

  /** Draws when this invocation dies or stands still, if it does. */
  #endanger(life: Life, name: string): void {
    const { clock, chance, faults, history, witness, settings } = this.#parts;
    const { leaseMs } = settings;
    let stands = false;
    const stand = async (): Promise<void> => {
      if (stands) return;
      stands = true;
      const ms =
        leaseMs + chance.oneOf([chance.delayMs(10_000) - leaseMs, chance.whole(0, 5_000), chance.delayMs(900_000)]);
      history.note(name, 'stands still', () => `for ${ms} ms`);
      life.pause();
      await clock.sleep(ms);
      stands = false;
      witness.stops.sawTrouble(name);
      life.resume();
    };
    life.killAt = (call) => {
      if (faults.strikes('pause') || (call === 'sender.send' && faults.strikes('pause.sending'))) void stand();
      const fault = faults.first(['crash.before', 'crash.after']);
      if (fault === null) return null;
      history.note(name, 'DIES', () => `${fault} ${call}`);
      return fault === 'crash.before' ? 'before' : 'after';
    };
    const at = async (ms: number, happen: () => void): Promise<void> => {
      await clock.sleep(ms);
      happen();
    };
    if (faults.strikes('pause')) void at(chance.whole(0, 3_000), () => void stand());
    if (faults.strikes('crash.anytime')) {
      const die = (): void => {
        history.note(name, 'DIES');
        life.die();
      };
      void at(chance.delayMs(20_000), die);
    }
  }
}
