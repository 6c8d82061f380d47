import { decodeEntries } from '../core/ledger.ts';
import { judgeAmbiguous, type Verdict } from '../core/verdict.ts';
import type { Pack } from '../core/pack.ts';
import type { RecipientKey } from '../contract/ids.ts';
import { WriteConflict } from '../ports.ts';
import { appendToLog, entryFields, readLog } from '../store/ledger.ts';
import { batchId, batchPath, idOf } from '../store/paths.ts';
import { readBatch, type BatchRecord, type RangeRecord, type Stored } from '../store/records.ts';
import { NO_TOTALS, addTotals, type Totals } from '../store/totals.ts';
import type { Sending } from './sendBatch.ts';
import { attemptOf, contribution, heldUntilMs, placesOf, settle, withVerdicts } from './settle.ts';

/** What a batch is to hold in the ledger. */
type Claim = Pick<Pack, 'from' | 'to' | 'drafts'>;

/**
 * One range's part of the ledger, as its holder sees it: an append-only log with one document for each claimed batch.
 * A place in the log can be created once. So a holder that was taken over cannot claim anything: the place that it
 * would claim next holds the new holder's mark.
 */
export class RangeLog {
  readonly #sending: Sending;
  readonly #range: RangeRecord;
  readonly #known = new Set<RecipientKey>();
  readonly #batches = new Map<string, BatchRecord>();
  #next = 0;

  constructor(sending: Sending, range: RangeRecord) {
    this.#sending = sending;
    this.#range = range;
  }

  /**
   * Takes the log over from earlier holders: reads what they claimed, puts the mark behind it, and settles the claims
   * that they did not live to record.
   * @returns false when somebody with a higher fencing number was here first
   */
  async open(): Promise<boolean> {
    if (this.#range.fence === 1) return true;
    const { meter, campaign } = this.#sending;
    for (const batch of await readLog(meter.world.documents, campaign.id, this.#range.index)) this.#learn(batch);
    for (;;) {
      const { there } = await this.#append(this.#record({ from: 0, to: 0, drafts: [] }, 'takeover'));
      if (there === undefined) break;
      if (there.record.fence > this.#range.fence) return false;
      this.#learn(there);
    }
    for (const [path, record] of Array.from(this.#batches)) {
      if (record.state === 'claimed' && record.attempt === 1) await this.#settleOrphan(path, record);
    }
    return true;
  }

  /** Has this recipient's message been claimed, by whichever holder? */
  holds(key: RecipientKey): boolean {
    return this.#known.has(key);
  }

  /**
   * Claims a batch: from here on these messages are this holder's to send, or nobody's.
   * @returns null when another holder has taken the log over
   */
  async claim(pack: Claim): Promise<Stored<BatchRecord> | null> {
    const { claimed } = await this.#append(this.#record(pack, 'batch'));
    return claimed ?? null;
  }

  note(path: string, record: BatchRecord): void {
    this.#batches.set(path, record);
  }

  /** What the batches with all outcomes add up to. */
  closed(): Totals {
    return this.#add((record) => record.state === 'final');
  }

  sum(): Totals {
    return this.#add(() => true);
  }

  openPaths(): string[] {
    return [...this.#batches].flatMap(([path, record]) => (record.state === 'final' ? [] : [path]));
  }

  /** @returns the record in its place, or what is `there` instead */
  async #append(
    record: BatchRecord,
  ): Promise<{ readonly claimed?: Stored<BatchRecord>; readonly there?: Stored<BatchRecord> }> {
    const { meter, campaign } = this.#sending;
    const { documents, clock, settings } = meter.world;
    const path = batchPath(campaign.id, batchId(record.range, record.seq));
    let version: string;
    try {
      version = await appendToLog(documents, campaign.id, record, new Date(clock.now() + settings.ledgerTtlMs));
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
      const doc = await documents.get(path);
      if (doc === null) throw error;
      const there = readBatch(doc);
      // The same claim, as it was written: the create came through and only its answer was lost. One that has changed
      // since was settled by another holder.
      if (there.record.claim !== record.claim || there.record.state !== record.state) return { there };
      version = there.version;
    }
    this.#batches.set(path, record);
    this.#next += 1;
    return { claimed: { path, version, record } };
  }

  #learn({ path, record }: Stored<BatchRecord>): void {
    this.#batches.set(path, record);
    for (const { key } of decodeEntries(record)) this.#known.add(key);
    this.#next = record.seq + 1;
  }

  /** A claim of the first attempt whose holder is gone: FCM may have accepted any of its messages. */
  async #settleOrphan(path: string, claimed: BatchRecord): Promise<void> {
    const { meter, campaign } = this.#sending;
    const { world } = meter;
    const id = idOf(path);
    const nowMs = world.clock.now();
    const settled = await settle(meter, campaign.id, id, (record) => {
      if (record.claim !== claimed.claim || record.state !== 'claimed') return null;
      return withVerdicts(
        record,
        orphanVerdicts(record, nowMs, campaign.request.policy),
        nowMs,
        world.random.fraction(),
      );
    });
    if (settled === null) {
      const doc = await world.documents.get(path);
      if (doc !== null) this.#batches.set(path, readBatch(doc).record);
      return;
    }
    this.#batches.set(path, settled.record);
    world.log.warn('a batch was claimed by a holder that is gone', { campaignId: campaign.id, batchId: id });
  }

  #record({ from, to, drafts }: Claim, kind: BatchRecord['kind']): BatchRecord {
    const { clock, random } = this.#sending.meter.world;
    const nowMs = clock.now();
    const fields = entryFields(drafts.map((draft) => ({ ...draft, attempts: draft.push === null ? 0 : 1 })));
    const sends = fields.state === 'claimed';
    const untilMs = heldUntilMs(drafts);
    // What is only held counts as begun, so that whoever sends it is no first attempt's holder.
    const attempt = sends || untilMs !== null ? 1 : 0;
    return {
      range: this.#range.index,
      seq: this.#next,
      kind,
      fence: this.#range.fence,
      from,
      to,
      claim: random.id(),
      attempt,
      attemptsBefore: sends ? 0 : attempt,
      ...fields,
      resent: 0,
      earlier: {},
      firstAttemptAtMs: nowMs,
      claimedAtMs: nowMs,
      recordedAtMs: sends ? null : nowMs,
      dueAtMs: sends ? null : untilMs,
      heldUntilMs: untilMs,
    };
  }

  #add(condition: (record: BatchRecord) => boolean): Totals {
    return [...this.#batches.values()]
      .filter(condition)
      .map(contribution)
      .reduce((a, b) => addTotals(a, b), NO_TOTALS);
  }
}

/** What becomes of the messages of a claim whose holder is gone. */
export function orphanVerdicts(
  record: BatchRecord,
  nowMs: number,
  policy: Parameters<typeof judgeAmbiguous>[2],
): Map<number, Verdict> {
  const attempt = attemptOf(record, nowMs);
  const places = placesOf(record, (code) => code === 'claimed.sending');
  return new Map(places.map((index) => [index, judgeAmbiguous('retry.sender-died', attempt, policy)]));
}
