import { MEMBERS_PER_PAGE, pageOf } from './page.ts';

/** A run of member numbers, both ends included: the unit of fan-out, lease and re-release. */
export interface RangePlan {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

export interface PlanCursor {
  /** Index of the next range. */
  readonly nextIndex: number;
  /** First member number that no range holds yet; null when the audience is planned to its end. */
  readonly nextMember: number | null;
}

/**
 * The next range from the cursor on. It ends on a page's last member, so that no page is read for two ranges, and
 * starts at the next page that exists, so that a gap of a billion member numbers costs nothing.
 *
 * @param occupiedPage the first existing page at or after the cursor's, null where there is none
 */
export function planRange(
  cursor: PlanCursor,
  audienceTo: number,
  occupiedPage: number | null,
  recipientsPerRange: number,
): { readonly range: RangePlan | null; readonly cursor: PlanCursor } {
  const exhausted = { range: null, cursor: { ...cursor, nextMember: null } };
  if (cursor.nextMember === null || occupiedPage === null) return exhausted;
  const from = Math.max(cursor.nextMember, occupiedPage * MEMBERS_PER_PAGE);
  if (from > audienceTo) return exhausted;
  const pages = Math.max(1, Math.round(recipientsPerRange / MEMBERS_PER_PAGE));
  const lastOfPages = (pageOf(from) + pages) * MEMBERS_PER_PAGE - 1;
  const to = Math.min(lastOfPages, audienceTo);
  return {
    range: { index: cursor.nextIndex, from, to },
    cursor: { nextIndex: cursor.nextIndex + 1, nextMember: to < audienceTo ? to + 1 : null },
  };
}

/** Share of the audience's member numbers that is planned, 0 to 1. */
export function plannedShare(cursor: PlanCursor, from: number, to: number): number {
  if (cursor.nextMember === null) return 1;
  return Math.min(1, Math.max(0, (cursor.nextMember - from) / (to - from + 1)));
}
