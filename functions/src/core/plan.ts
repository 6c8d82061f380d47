import { MEMBERS_PER_PAGE, pageOf } from './page.ts';

/**
 * A run of positions in the campaign's source, both ends included: the unit of fan-out, lease and re-release. Positions
 * are member numbers, or the pages of an upload in order from 0.
 */
export interface RangePlan {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

export interface PlanCursor {
  /** Index of the next range. */
  readonly nextIndex: number;
  /** First position that no range holds yet; null when the source is planned to its end. */
  readonly nextPosition: number | null;
}

/** First and last position of a source. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The next range of members from the cursor on. It ends on a page's last member, so that no page is read for two ranges, and
 * starts at the next page that exists, so that a gap of a billion member numbers costs nothing.
 *
 * @param occupiedPage the first existing page at or after the cursor's, null where there is none
 */
export function planMembers(
  cursor: PlanCursor,
  audienceTo: number,
  occupiedPage: number | null,
  recipientsPerRange: number,
): { readonly range: RangePlan | null; readonly cursor: PlanCursor } {
  const exhausted = { range: null, cursor: { ...cursor, nextPosition: null } };
  if (cursor.nextPosition === null || occupiedPage === null) return exhausted;
  const from = Math.max(cursor.nextPosition, occupiedPage * MEMBERS_PER_PAGE);
  if (from > audienceTo) return exhausted;
  const pages = Math.max(1, Math.round(recipientsPerRange / MEMBERS_PER_PAGE));
  const lastOfPages = (pageOf(from) + pages) * MEMBERS_PER_PAGE - 1;
  const to = Math.min(lastOfPages, audienceTo);
  return {
    range: { index: cursor.nextIndex, from, to },
    cursor: { nextIndex: cursor.nextIndex + 1, nextPosition: to < audienceTo ? to + 1 : null },
  };
}

/**
 * The next range of an upload: whole pages until they hold `recipientsPerRange`.
 *
 * @param sizes recipients of each page from the cursor's on; empty where no page is left. As many as the range can
 * take, so that the last one given is the upload's last or the range is full before it.
 */
export function planPages(
  cursor: PlanCursor,
  lastPage: number,
  sizes: readonly number[],
  recipientsPerRange: number,
): { readonly range: RangePlan | null; readonly cursor: PlanCursor } {
  if (cursor.nextPosition === null || sizes.length === 0) {
    return { range: null, cursor: { ...cursor, nextPosition: null } };
  }
  let pages = 1;
  for (let held = sizes[0] ?? 0; pages < sizes.length; pages += 1) {
    held += sizes[pages] ?? 0;
    if (held > recipientsPerRange) break;
  }
  const from = cursor.nextPosition;
  const to = from + pages - 1;
  return {
    range: { index: cursor.nextIndex, from, to },
    cursor: { nextIndex: cursor.nextIndex + 1, nextPosition: to < lastPage ? to + 1 : null },
  };
}

/** Share of the source that is planned, 0 to 1. */
export function plannedShare(cursor: PlanCursor, { from, to }: Span): number {
  if (cursor.nextPosition === null) return 1;
  return Math.min(1, Math.max(0, (cursor.nextPosition - from) / (to - from + 1)));
}
