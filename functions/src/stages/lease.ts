import { WriteConflict, type Fields } from '../ports.ts';
import type { Meter } from '../store/meter.ts';
import { untilSettled } from '../store/mutate.ts';
import { rangePath } from '../store/paths.ts';
import { readBatch, readRange, type BatchRecord, type RangeRecord, type Stored } from '../store/records.ts';
import { addOperations, addTotals, type Totals } from '../store/totals.ts';
import { tally } from '../core/counts.ts';
import { contribution } from './settle.ts';

/** What the holder has put into the ledger so far, for whoever watches. */
export interface Progress {
  readonly walkedTo: number;
  readonly totals: Omit<Totals, 'operations'>;
}

/**
 * The right to walk one range. It is held by whoever took it last: the fencing number counts the holders, and a holder
 * that finds a higher one than its own stops. What truly keeps two holders apart is the range's log (see
 * `appendToLog`); the lease keeps them from trying.
 */
export class RangeLease {
  readonly #meter: Meter;
  #range: Stored<RangeRecord>;

  private constructor(meter: Meter, range: Stored<RangeRecord>) {
    this.#meter = meter;
    this.#range = range;
  }

  /** @returns null where there is nothing to take: no such range, walked already, or in somebody's hands */
  static async take(meter: Meter, campaignId: string, index: number): Promise<RangeLease | null> {
    const { documents, clock, random, settings } = meter.world;
    return untilSettled(async () => {
      const doc = await documents.get(rangePath(campaignId, index));
      if (doc === null) return null;
      const found = readRange(doc);
      const nowMs = clock.now();
      if (found.record.state !== 'open' || found.record.leaseUntilMs > nowMs) return null;
      const lease = new RangeLease(meter, found);
      const { fence } = found.record;
      await lease.#write({ fence: fence + 1, holder: random.id(), leaseUntilMs: nowMs + settings.leaseMs });
      return lease;
    });
  }

  get range(): RangeRecord {
    return this.#range.record;
  }

  /** The lease may have gone to somebody else by now: whoever holds it must not begin anything. */
  expired(): boolean {
    return this.#meter.world.clock.now() >= this.range.leaseUntilMs;
  }

  /** @returns false when somebody else has taken over */
  async renew(progress: Progress): Promise<boolean> {
    const { clock, settings } = this.#meter.world;
    return this.#whileHeld(() => ({ ...this.#shown(progress), leaseUntilMs: clock.now() + settings.leaseMs }));
  }

  /**
   * Gives the range back before its end, so that the next holder need not wait for the lease to run out.
   * @param releasedAtMs when it is released for the next holder
   */
  async handOn(progress: Progress, releasedAtMs: number): Promise<boolean> {
    return this.#whileHeld(() => ({ ...this.#shown(progress), holder: null, leaseUntilMs: 0, releasedAtMs }));
  }

  /**
   * Closes the walk: every recipient of the range is in the ledger.
   * @param closed what the batches with all outcomes add up to
   * @param openPaths the other batches; they are read again, because their retries may have come in between
   * @param unreadable where recipients stand who cannot be read
   * @returns false when somebody else has taken over
   */
  async finish(closed: Totals, openPaths: readonly string[], unreadable: readonly string[]): Promise<boolean> {
    const { documents } = this.#meter.world;
    return this.#whileHeld(async () => {
      const open = openPaths.length === 0 ? [] : await documents.getMany(openPaths);
      const batches = open.flatMap((doc): BatchRecord[] => (doc === null ? [] : [readBatch(doc).record]));
      const sum = batches.map(contribution).reduce((a, b) => addTotals(a, b), closed);
      return {
        state: tally(sum.counts).open === 0 ? 'done' : 'walked',
        holder: null,
        walkedTo: this.range.to,
        totals: { ...sum, operations: this.range.totals.operations },
        fold: true,
        unreadable: [...unreadable],
      };
    });
  }

  #shown({ walkedTo, totals }: Progress): Pick<RangeRecord, 'walkedTo' | 'totals'> {
    return { walkedTo, totals: { ...totals, operations: this.range.totals.operations } };
  }

  async #whileHeld(change: () => Partial<RangeRecord> | Promise<Partial<RangeRecord>>): Promise<boolean> {
    const { fence, holder } = this.range;
    return untilSettled(async () => {
      try {
        await this.#write(await change());
        return true;
      } catch (error) {
        if (!(error instanceof WriteConflict)) throw error;
        const doc = await this.#meter.world.documents.get(this.#range.path);
        if (doc === null) return false;
        const found = readRange(doc);
        if (found.record.fence !== fence || found.record.holder !== holder) return false;
        this.#range = found;
        throw error;
      }
    });
  }

  async #write(change: Partial<RangeRecord>): Promise<void> {
    const operations = this.#meter.unbilled(1);
    const before = this.#range.record;
    const totals = change.totals ?? before.totals;
    const after: RangeRecord = {
      ...before,
      ...change,
      totals: { ...totals, operations: addOperations(totals.operations, operations) },
    };
    const [version] = await this.#meter.world.documents.commit([
      { update: this.#range.path, at: this.#range.version, fields: after as unknown as Fields },
    ]);
    this.#meter.bill(operations);
    this.#range = { path: this.#range.path, version: version as string, record: after };
  }
}
