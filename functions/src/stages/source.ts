import type { RecipientKey } from '../contract/ids.ts';
import type { PlanCursor, RangePlan, Span } from '../core/plan.ts';
import type { Recipient } from '../core/recipient.ts';

/** A recipient, and where the source has it. */
export interface Located {
  readonly position: number;
  readonly recipient: Recipient;
}

/** Recipients that were looked up at once. */
export interface LocatedPage {
  /** No later than they were. */
  readonly lookedUpAtMs: number;
  readonly recipients: Iterable<Located>;
}

/** The next range, where there is one, and where the one after it starts. */
export interface Planned {
  readonly range: RangePlan | null;
  readonly cursor: PlanCursor;
}

/**
 * Where a campaign's recipients come from. Every recipient has a position; recipients of one position stand together,
 * and positions may have gaps.
 */
export interface Source {
  /** @param recipients how many a range may hold, roughly */
  plan(cursor: PlanCursor, recipients: number): Promise<Planned>;
  /** Which of the directory's members a message is for; null where its address was given with it. */
  memberNoOf(message: { readonly key: RecipientKey; readonly memberNo?: number }): number | null;
  /**
   * The recipients of a run of positions in order, as they are now, page by page: a promise for each recipient would take
   * more time than the recipient. Reads a little ahead, never more.
   */
  walk(run: Span): AsyncGenerator<LocatedPage, void, undefined>;
  /** What holds the recipients of a position, in words that tell an operator where to look. */
  placeOf(position: number): string;
  /** Some recipients again, as they are now: each key that is asked for is answered. */
  find(run: Span, keys: ReadonlySet<RecipientKey>): Promise<ReadonlyMap<RecipientKey, Recipient>>;
}
