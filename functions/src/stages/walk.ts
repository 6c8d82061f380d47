import { meant, NO_EVIDENCE } from '../core/gate.ts';
import { membersWithin, pageOf } from '../core/page.ts';
import { resolveMember, type Draft, type Mailing } from '../core/resolve.ts';
import type { Where } from '../contract/campaign.ts';
import { readPages, type StoredPage } from '../store/directory.ts';
import type { Meter } from '../store/meter.ts';

/** Pages read ahead at once: at most 4 MiB, and one round trip for 2,000 members. */
const PAGES_PER_READ = 4;

export interface WalkStep {
  readonly memberNo: number;
  readonly drafts: readonly Draft[];
}

/** The members of a run of numbers in order, each with the messages planned for it. Reads a little ahead, never more. */
export async function* walkMembers(
  meter: Meter,
  mailing: Mailing,
  where: Where | undefined,
  run: { readonly from: number; readonly to: number },
): AsyncGenerator<WalkStep, void, undefined> {
  const { clock, documents, log } = meter.world;
  const last = pageOf(run.to);
  const read = (page: number): Promise<StoredPage[]> =>
    readPages(documents, numbers(page, Math.min(last, page + PAGES_PER_READ - 1)));
  let ahead: Promise<StoredPage[]> | null = read(pageOf(run.from));
  for (let page = pageOf(run.from); ahead !== null; page += PAGES_PER_READ) {
    const pages = await ahead;
    ahead = page + PAGES_PER_READ > last ? null : read(page + PAGES_PER_READ);
    // The walk may end before this is awaited; its failure is met where it is awaited, not as an unhandled one.
    ahead?.catch(() => undefined);
    for (const stored of pages) {
      for (const entry of membersWithin(stored, run.from, run.to)) {
        const { memberNo, member } = entry;
        if (member === null) log.error('a member cannot be read', { memberNo });
        if (member !== null && !meant(where, member.tags)) continue;
        const drafts = member === null ? [unreadable(memberNo)] : resolveMember(mailing, member, clock.now());
        yield { memberNo, drafts };
      }
    }
  }
}

function unreadable(memberNo: number): Draft {
  return { key: String(memberNo), address: null, ...NO_EVIDENCE, push: null, code: 'failed.unreadable' };
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
