import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** What the pool needs to know of an instance. */
export interface Servant {
  readonly url: string;
  readonly isReady: boolean;
}

/** A place at one instance, held while it works on one request. */
export interface Place {
  readonly url: string;
  leave(): void;
}

/**
 * Gives requests to instances as Cloud Run does: to the one with the fewest in flight, at most `concurrency` at a time
 * for each, and waiting while none that is ready has a place.
 */
export class InstancePool {
  readonly #servants: readonly Servant[];
  readonly #concurrency: number;
  readonly #inFlight: Map<Servant, number>;

  constructor(servants: readonly Servant[], concurrency: number) {
    this.#servants = servants;
    this.#concurrency = concurrency;
    this.#inFlight = new Map(servants.map((servant) => [servant, 0]));
  }

  /** How many requests the pool can hold when all of its instances are ready. */
  get capacity(): number {
    return this.#servants.length * this.#concurrency;
  }

  #load(servant: Servant): number {
    return this.#inFlight.get(servant) ?? 0;
  }

  #take(): Place | undefined {
    const best = this.#servants
      .filter((servant) => servant.isReady && this.#load(servant) < this.#concurrency)
      .reduce<Servant | undefined>(
        (least, servant) => (least === undefined || this.#load(servant) < this.#load(least) ? servant : least),
        undefined,
      );
    if (best === undefined) return undefined;
    this.#inFlight.set(best, this.#load(best) + 1);
    return { url: best.url, leave: () => this.#inFlight.set(best, this.#load(best) - 1) };
  }

  /** Waits for a place. @throws AbortError when `signal` says so */
  async enter(signal: AbortSignal): Promise<Place> {
    for (;;) {
      const place = this.#take();
      if (place !== undefined) return place;
      // Seldom: the subscriber takes no more messages than there are places, unless an instance is being replaced.
      await sleep(POLL_MS, undefined, { signal });
    }
  }
}
