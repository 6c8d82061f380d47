import type { InFlightSettings } from '../../../functions/src/core/inFlight.ts';
import type { Clock, InFlight, Looks } from '../../../functions/src/ports.ts';
import { inFlight } from '../../../functions/src/stages/inFlight.ts';
import { InstanceTime } from '../../../functions/src/stages/instanceTime.ts';
import { SharedLooks } from '../../../functions/src/stages/looks.ts';
import { LOOK_MS } from '../../../functions/src/stages/watch.ts';

/** One instance of a function: what its invocations share. */
export class Instance {
  readonly time: InstanceTime;
  readonly inFlight: InFlight;
  readonly looks: Looks;
  running = 0;
  /** When it has sent what was given to it. */
  freeAtMs = 0;

  constructor(clock: Clock, settings: InFlightSettings) {
    this.time = new InstanceTime(clock);
    const vitals = { rssBytes: settings.memoryBytes / 2, busy: 0.5 };
    this.inFlight = inFlight(settings, clock, () => vitals);
    this.looks = new SharedLooks(clock, LOOK_MS);
  }
}

/** The instances of one function; a new one is started where all others are full. */
export class Instances {
  readonly #start: () => Instance;
  readonly #concurrency: number;
  readonly #all: Instance[] = [];

  constructor(start: () => Instance, concurrency: number) {
    this.#start = start;
    this.#concurrency = concurrency;
  }

  get count(): number {
    return this.#all.length;
  }

  async during<T>(work: (instance: Instance) => Promise<T>): Promise<T> {
    let instance = this.#all.find(({ running }) => running < this.#concurrency);
    if (instance === undefined) this.#all.push((instance = this.#start()));
    const chosen = instance;
    chosen.running += 1;
    try {
      return await chosen.time.during(() => work(chosen));
    } finally {
      chosen.running -= 1;
    }
  }
}
