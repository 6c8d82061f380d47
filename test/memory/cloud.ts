import type { RangeSignal } from '../../functions/src/contract/signals.ts';
import type { LogFields, Settings, World } from '../../functions/src/ports.ts';
import { inFlight } from '../../functions/src/stages/inFlight.ts';
import { SharedLooks } from '../../functions/src/stages/looks.ts';
import { sendRange } from '../../functions/src/stages/sendRange.ts';
import { LOOK_MS } from '../../functions/src/stages/watch.ts';
import { VirtualClock } from './clock.ts';
import { Life } from './life.ts';
import { MemoryDocuments } from './documents.ts';
import { MemoryFcm } from './fcm.ts';
import { Redelivery } from './redelivery.ts';
import { SETTINGS } from './settings.ts';
import { MemoryTasks } from './taskQueue.ts';
import { runTask } from './tasks.ts';
import { MemoryDeadLetters, MemoryRanges, type Letter } from './topics.ts';

const MIB = 1_048_576;

/**
 * The platform in one process: Pub/Sub, Cloud Tasks, Firestore and FCM on a virtual clock, with the real stages behind
 * them. A message is delivered until its handler succeeds.
 */
export class MemoryCloud {
  readonly clock: VirtualClock;
  readonly documents = new MemoryDocuments();
  readonly fcm: MemoryFcm;
  readonly logged: { readonly event: string; readonly fields: LogFields }[] = [];
  readonly letters: Letter[];
  readonly world: World;
  /** How a released range reaches its stage; a test may deliver it more often, later or never. */
  deliver: (signal: RangeSignal) => readonly { readonly afterMs: number }[] = () => [{ afterMs: 10 }];
  /** Sees every invocation at its start; a test may keep it and end it. */
  onInvocation: (life: Life) => void = () => undefined;
  /** Messages that an instance has in flight: little enough that a test's range has to wait for room. */
  mostInFlight = 1_000;
  /** Ranges that are walked at once; the others wait for an instance. */
  rangesAtOnce = Infinity;
  #walked = 0;
  readonly #redelivery: Redelivery;
  #ids = 0;

  /** @param startMs noon in Seoul where it is not given */
  constructor(settings: Partial<Settings> = {}, startMs = Date.UTC(2026, 10, 21, 3)) {
    this.clock = new VirtualClock(startMs);
    this.fcm = new MemoryFcm(this.clock);
    const { documents, clock, fcm } = this;
    const log = (event: string, fields: LogFields): void => void this.logged.push({ event, fields });
    const deadLetters = new MemoryDeadLetters();
    this.letters = deadLetters.all;
    this.#redelivery = new Redelivery(clock, (error) => log('handler failed', { reason: String(error) }));
    this.world = {
      documents,
      clock,
      // Each invocation has an instance to itself.
      instanceMs: () => clock.now(),
      sender: fcm,
      ...instanceOf(clock, this.mostInFlight),
      ranges: new MemoryRanges((signal) => {
        for (const { afterMs } of this.deliver(signal)) this.#later(afterMs, (world) => this.#walk(world, signal));
      }),
      tasks: new MemoryTasks(clock, {
        onTask: (made, afterMs) => this.#later(afterMs, (world) => runTask(world, made)),
      }),
      deadLetters,
      random: { id: () => `id-${(this.#ids += 1)}`, fraction: () => 0.5 },
      log: { info: log, warn: log, error: log },
      settings: { ...SETTINGS, ...settings },
    };
  }

  /** Lets everything happen until no message, task or handler is left. */
  async settle(): Promise<void> {
    await this.clock.runUntil(() => this.#redelivery.isIdle);
  }

  /** Lets everything happen until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    await this.clock.runUntil(condition);
  }

  /** Lets so much time pass. */
  pass(ms: number): Promise<void> {
    return this.passTo(this.clock.now() + ms);
  }

  async passTo(untilMs: number): Promise<void> {
    void this.clock.sleep(untilMs - this.clock.now());
    await this.until(() => this.clock.now() >= untilMs);
  }

  async #walk(world: World, signal: RangeSignal): Promise<void> {
    while (this.#walked >= this.rangesAtOnce) await this.clock.sleep(100);
    this.#walked += 1;
    try {
      await sendRange(world, signal);
    } finally {
      this.#walked -= 1;
    }
  }

  #later(afterMs: number, handle: (world: World) => Promise<void>): void {
    this.#redelivery.bring(afterMs, () => {
      // An instance of its own: what a dead one had in flight, or was about to read, holds nobody else up.
      const life = new Life({ ...this.world, ...instanceOf(this.clock, this.mostInFlight) });
      this.onInvocation(life);
      return Promise.race([handle(life.world), life.death]);
    });
  }
}

/** What the invocations of one instance share. */
function instanceOf(clock: VirtualClock, most: number): Pick<World, 'inFlight' | 'looks'> {
  const vitals = { rssBytes: 128 * MIB, busy: 0.5 };
  return {
    inFlight: inFlight({ perSecond: 6_000, most, memoryBytes: 512 * MIB }, clock, () => vitals),
    looks: new SharedLooks(clock, LOOK_MS),
  };
}
