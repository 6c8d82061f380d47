import { DECISIONS, type Decision } from '../messages/plan.ts';
import { float64Column, uint32Column, uint8Column } from './columns.ts';
import type { StringPool } from './stringPool.ts';

/** One POST, as it arrived. */
export interface Arrival {
  /** Epoch milliseconds, with fractions; never decreasing. */
  readonly at: number;
  readonly address: string;
  readonly tag: string | null;
  readonly decision: Decision;
  /** Number of the connection, from 1. */
  readonly connection: number;
}

/** Which arrivals to give; all that are set must hold. */
export interface ArrivalFilter {
  readonly address?: string;
  readonly decision?: Decision;
  /** Epoch milliseconds, inclusive. */
  readonly fromMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly toMs?: number;
}

const CODE_OF = new Map<Decision, number>(DECISIONS.map((decision, code) => [decision, code]));

/** Every POST in order of arrival: 21 octets each beside the texts. */
export class Arrivals {
  readonly #addresses: StringPool;
  readonly #tags: StringPool;
  readonly #at = float64Column();
  readonly #address = uint32Column();
  readonly #tag = uint32Column();
  readonly #decision = uint8Column();
  readonly #connection = uint32Column();

  constructor(addresses: StringPool, tags: StringPool) {
    this.#addresses = addresses;
    this.#tags = tags;
  }

  get length(): number {
    return this.#at.length;
  }

  add(atMs: number, addressId: number, tag: string | undefined, decision: Decision, connection: number): void {
    this.#at.push(atMs);
    this.#address.push(addressId);
    this.#tag.push(tag === undefined ? 0 : this.#tags.intern(tag));
    this.#decision.push(CODE_OF.get(decision) ?? 0);
    this.#connection.push(connection);
  }

  *select(filter: ArrivalFilter): Generator<Arrival> {
    const addressId = filter.address === undefined ? -1 : this.#addresses.find(filter.address);
    if (filter.address !== undefined && addressId < 0) return;
    const code = filter.decision === undefined ? -1 : CODE_OF.get(filter.decision);
    const end = this.#firstAtOrAfter(filter.toMs ?? Infinity);
    for (let row = this.#firstAtOrAfter(filter.fromMs ?? 0); row < end; row += 1) {
      if (addressId >= 0 && this.#address.get(row) !== addressId) continue;
      if (code !== -1 && this.#decision.get(row) !== code) continue;
      yield this.#arrival(row);
    }
  }

  /** POSTs that arrived in [fromMs, toMs). */
  countBetween(fromMs: number, toMs: number): number {
    return this.#firstAtOrAfter(toMs) - this.#firstAtOrAfter(fromMs);
  }

  /** The most POSTs in any `windowMs` that begins with an arrival. */
  peak(windowMs: number): number {
    let most = 0;
    let start = 0;
    for (let row = 0; row < this.length; row += 1) {
      while (this.#at.get(row) - this.#at.get(start) >= windowMs) start += 1;
      most = Math.max(most, row - start + 1);
    }
    return most;
  }

  get firstAt(): number | null {
    return this.length === 0 ? null : this.#at.get(0);
  }

  get lastAt(): number | null {
    return this.length === 0 ? null : this.#at.get(this.length - 1);
  }

  #arrival(row: number): Arrival {
    const tagId = this.#tag.get(row);
    return {
      at: this.#at.get(row),
      address: this.#addresses.text(this.#address.get(row)),
      tag: tagId === 0 ? null : this.#tags.text(tagId),
      decision: DECISIONS[this.#decision.get(row)] ?? 'accepted',
      connection: this.#connection.get(row),
    };
  }

  #firstAtOrAfter(atMs: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at.get(middle) < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
