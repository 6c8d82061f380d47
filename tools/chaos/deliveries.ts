import { setTimeout as delay } from 'node:timers/promises';
import type { Deliver, Verdict } from '../local/localCloud.ts';
import type { Tally } from './tally.ts';

const LATE_MS = 3_000;

type Fault = (deliver: Deliver) => Deliver;

/** What Pub/Sub may do to a message: it promises to deliver it at least once, and no more. */
const FAULTS: Readonly<Record<DeliveryFault, Fault>> = {
  'pubsub.twice': (deliver) => async (message) => worst(await Promise.all([deliver(message), deliver(message)])),
  'pubsub.late': (deliver) => async (message) => {
    await delay(LATE_MS, undefined, { ref: false });
    return deliver(message);
  },
  'pubsub.unacknowledged': (deliver) => async (message) => {
    await deliver(message);
    return 'nack';
  },
  'pubsub.undelivered': () => () => Promise.resolve('nack'),
};
export const DELIVERY_FAULTS = ['pubsub.twice', 'pubsub.late', 'pubsub.unacknowledged', 'pubsub.undelivered'] as const;
type DeliveryFault = (typeof DELIVERY_FAULTS)[number];

/** What happens to one delivery after the other, again and again; null is nothing. */
const TURNS: readonly (DeliveryFault | null)[] = [...DELIVERY_FAULTS, null, null];

/** Two deliveries in three go wrong, each time in the next way. */
export class Deliveries {
  readonly #tally: Tally;
  #seen = 0;
  #troubled = false;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  trouble(on: boolean): void {
    this.#troubled = on;
  }

  wrap(deliver: Deliver): Deliver {
    return (message) => {
      if (!this.#troubled) return deliver(message);
      const fault = TURNS[this.#seen % TURNS.length] ?? null;
      this.#seen += 1;
      if (fault === null) return deliver(message);
      this.#tally.add(fault);
      return FAULTS[fault](deliver)(message);
    };
  }
}

function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes('nack') ? 'nack' : 'ack';
}
