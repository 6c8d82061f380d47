import { contentOf, tagOf } from '../messages/content.ts';
import type { Decision } from '../messages/plan.ts';
import type { JsonObject } from '../messages/protoJson.ts';
import { Arrivals } from './arrivals.ts';
import { Devices } from './devices.ts';
import { StringPool } from './stringPool.ts';

// Longer ones occur in refused messages only: the payload limit is 4,096 octets.
const LONGEST_TAG = 4096;

/** What the simulator has seen since it started or was reset. posts = accepted + validated + sum of `refused`. */
export interface Report {
  /** POSTs to messages:send that arrived whole. Streams cut off unread are not among them. */
  readonly posts: number;
  /** POSTs decided "accepted", also where the response was lost on purpose. */
  readonly accepted: number;
  /** Accepted with `validate_only`: nothing was delivered. */
  readonly validated: number;
  /** POSTs not accepted, by decision. */
  readonly refused: Readonly<Partial<Record<Decision, number>>>;
  /** Accepted POSTs beyond the first, summed over (address, tag); an untagged message counts by its content. */
  readonly duplicates: number;
  /** Notifications in the trays that repeat the content of another one of the same address. */
  readonly shownTwice: number;
  readonly distinctAddresses: number;
  /** Streams declared unread by GOAWAY or REFUSED_STREAM through `cutoff`. */
  readonly cutOff: number;
  /** Requests that were no POST to messages:send. */
  readonly otherRequests: number;
  /** Epoch milliseconds; null before the first POST. */
  readonly firstArrivalAt: number | null;
  readonly lastArrivalAt: number | null;
  readonly messagesPerSecond: {
    readonly lastSecond: number;
    readonly lastTenSeconds: number;
    /** Between first and last arrival. */
    readonly overall: number;
    /** The fullest second. */
    readonly peak: number;
  };
}

/** Keeps account of every POST. */
export class Recorder {
  readonly #addresses = new StringPool();
  readonly #tags = new StringPool();
  readonly #counts = new Map<Decision, number>();
  readonly arrivals = new Arrivals(this.#addresses, this.#tags);
  readonly devices: Devices;
  cutOff = 0;
  otherRequests = 0;

  constructor(keepContent: boolean) {
    this.devices = new Devices(this.#addresses, this.#tags, keepContent);
  }

  /** Notes that a POST for `address` has come; returns its address number and how many came before. */
  arrive(address: string): { addressId: number; attempt: number } {
    const addressId = this.#addresses.intern(address);
    return { addressId, attempt: this.devices.countAttempt(addressId) };
  }

  decide(addressId: number, message: JsonObject, decision: Decision, atMs: number, connection: number): void {
    const tag = tagOf(message)?.slice(0, LONGEST_TAG);
    this.#counts.set(decision, (this.#counts.get(decision) ?? 0) + 1);
    this.arrivals.add(atMs, addressId, tag, decision, connection);
    if (decision === 'accepted') this.devices.show(addressId, tag, contentOf(message), atMs);
  }

  report(nowMs: number): Report {
    const { arrivals, devices } = this;
    const refused: Partial<Record<Decision, number>> = {};
    for (const [decision, count] of this.#counts) {
      if (decision !== 'accepted' && decision !== 'validated') refused[decision] = count;
    }
    return {
      posts: arrivals.length,
      accepted: this.#counts.get('accepted') ?? 0,
      validated: this.#counts.get('validated') ?? 0,
      refused,
      duplicates: devices.duplicates,
      shownTwice: devices.shownTwice(),
      distinctAddresses: devices.distinctAddresses,
      cutOff: this.cutOff,
      otherRequests: this.otherRequests,
      firstArrivalAt: arrivals.firstAt,
      lastArrivalAt: arrivals.lastAt,
      messagesPerSecond: {
        lastSecond: arrivals.countBetween(nowMs - 1000, Infinity),
        lastTenSeconds: arrivals.countBetween(nowMs - 10_000, Infinity) / 10,
        overall: overallRate(arrivals),
        peak: arrivals.peak(1000),
      },
    };
  }
}

function overallRate(arrivals: Arrivals): number {
  const spanMs = (arrivals.lastAt ?? 0) - (arrivals.firstAt ?? 0);
  return spanMs === 0 ? 0 : Math.round((arrivals.length / spanMs) * 1000);
}
