import type { SendResult } from '../contract/push.ts';
import {
  admits,
  inFlightBounds,
  isTrouble,
  nextLimit,
  WINDOW_MS,
  type InFlightBounds,
  type InFlightSettings,
  type Load,
  type Observed,
} from '../core/inFlight.ts';
import type { Clock, InFlight, Permit } from '../ports.ts';

/** How the process is: its resident memory, and the share of the time since the last call in which it worked. */
export type Vitals = () => Pick<Observed, 'rssBytes' | 'busy'>;

interface Waiting {
  readonly load: Load;
  readonly admit: () => void;
}

/**
 * Bounds what one instance has in flight. Messages are given back one by one, as they are answered: FCM answers most in
 * 50 ms and some after 5-10 s, and those few must not hold the places of their whole batch. The bytes of a batch are
 * given back with the batch, because its texts are held until it is recorded.
 *
 * The bound is looked at when an answer comes and at no other time, so there is no timer to end.
 */
export function inFlight(settings: InFlightSettings, clock: Clock, vitals: Vitals): InFlight {
  return new Control(inFlightBounds(settings), clock, vitals);
}

class Control implements InFlight {
  readonly #bounds: InFlightBounds;
  readonly #clock: Clock;
  readonly #vitals: Vitals;
  /** In the order they came: a large batch is not overtaken for ever by small ones. */
  readonly #waiting: Waiting[] = [];
  #pushes = 0;
  #bytes = 0;
  #limit: number;
  #windowFromMs: number;
  #answers = 0;
  #troubled = 0;
  #waited = false;

  constructor(bounds: InFlightBounds, clock: Clock, vitals: Vitals) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#vitals = vitals;
    this.#limit = bounds.start;
    this.#windowFromMs = clock.now();
  }

  async acquire(load: Load): Promise<Permit> {
    if (this.#waiting.length > 0 || !this.#admits(load)) {
      this.#waited = true;
      await new Promise<void>((admit) => this.#waiting.push({ load, admit }));
    } else {
      this.#take(load);
    }
    return this.#permit(load);
  }

  #permit(load: Load): Permit {
    let unanswered = load.pushes;
    let held = true;
    return {
      answered: (result) => {
        if (unanswered === 0) return;
        unanswered -= 1;
        this.#pushes -= 1;
        this.#observe(result);
        this.#admitNext();
      },
      release: () => {
        if (!held) return;
        held = false;
        this.#pushes -= unanswered;
        unanswered = 0;
        this.#bytes -= load.bytes;
        this.#admitNext();
      },
    };
  }

  #admits(load: Load): boolean {
    return admits(this.#limit, this.#bounds, { pushes: this.#pushes, bytes: this.#bytes }, load);
  }

  #take(load: Load): void {
    this.#pushes += load.pushes;
    this.#bytes += load.bytes;
  }

  #admitNext(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#admits(first.load); first = this.#waiting[0]) {
      this.#waiting.shift();
      // Taken here and not when the waiter runs: somebody else may ask in between.
      this.#take(first.load);
      first.admit();
    }
  }

  #observe(result: SendResult): void {
    this.#answers += 1;
    if (isTrouble(result)) this.#troubled += 1;
    const nowMs = this.#clock.now();
    const elapsedMs = nowMs - this.#windowFromMs;
    if (elapsedMs < WINDOW_MS) return;
    const observed = { elapsedMs, answers: this.#answers, troubled: this.#troubled, waited: this.#waited };
    this.#limit = nextLimit(this.#limit, { ...observed, ...this.#vitals() }, this.#bounds);
    this.#windowFromMs = nowMs;
    this.#answers = 0;
    this.#troubled = 0;
    this.#waited = this.#waiting.length > 0;
  }
}
