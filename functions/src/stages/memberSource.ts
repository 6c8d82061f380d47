import type { MemberRange } from '../contract/campaign.ts';
import type { RecipientKey } from '../contract/ids.ts';
import type { Member } from '../contract/member.ts';
import type { CompiledMessage } from '../core/compose.ts';
import { meant } from '../core/gate.ts';
import { membersWithin, pageOf, readableMember } from '../core/page.ts';
import { planMembers, type Span } from '../core/plan.ts';
import type { Held } from '../core/quarantine.ts';
import type { Recipient } from '../core/recipient.ts';
import { firstPage, readPages, readStoredMembers, type StoredMember, type StoredPage } from '../store/directory.ts';
import type { Meter } from '../store/meter.ts';
import type { Located, Source } from './source.ts';

/** Pages read ahead at once: at most 4 MiB, and one round trip for 2,000 members. */
const PAGES_PER_READ = 4;

/** The directory's members of a run of numbers; a position is a member number, and the key is the same in decimal. */
export function memberSource(meter: Meter, audience: MemberRange, message: CompiledMessage): Source {
  const { documents, settings, log } = meter.world;

  const recipientOf = (key: RecipientKey, member: Member | null, held: readonly Held[] = []): Recipient => {
    if (member !== null) return { key, person: { ...member, held }, message };
    log.error('a member cannot be read', { memberNo: key });
    return { key, nobody: 'failed.unreadable' };
  };

  const again = (key: RecipientKey, stored: StoredMember | undefined): Recipient =>
    stored === undefined
      ? { key, nobody: 'suppressed.member-removed' }
      : recipientOf(key, readableMember(Number(key), stored.text), stored.held);

  async function* walk(run: Span): AsyncGenerator<Iterable<Located>, void, undefined> {
    for await (const page of pagesAhead(run)) yield meantOf(page, run);
  }

  function* meantOf({ members, quarantine }: StoredPage, run: Span): Generator<Located, void, undefined> {
    for (const { memberNo, member } of membersWithin(members, run.from, run.to)) {
      if (member !== null && !meant(audience.where, member.tags)) continue;
      yield { position: memberNo, recipient: recipientOf(String(memberNo), member, quarantine.get(memberNo)) };
    }
  }

  async function* pagesAhead(run: Span): AsyncGenerator<StoredPage, void, undefined> {
    const last = pageOf(run.to);
    const read = (page: number): Promise<StoredPage[]> =>
      readPages(documents, numbers(page, Math.min(last, page + PAGES_PER_READ - 1)));
    let ahead: Promise<StoredPage[]> | null = read(pageOf(run.from));
    for (let page = pageOf(run.from); ahead !== null; page += PAGES_PER_READ) {
      const pages: StoredPage[] = await ahead;
      ahead = page + PAGES_PER_READ > last ? null : read(page + PAGES_PER_READ);
      // The walk may end before this is awaited; its failure is met where it is awaited, not as an unhandled one.
      ahead?.catch(() => undefined);
      yield* pages;
    }
  }

  return {
    plan: async (cursor) => {
      const page =
        cursor.nextPosition === null
          ? null
          : await firstPage(documents, pageOf(cursor.nextPosition), pageOf(audience.to));
      return planMembers(cursor, audience.to, page, settings.recipientsPerRange);
    },
    walk,
    memberNoOf: ({ key }) => Number(key),
    find: async (_run, keys) => {
      const stored = await readStoredMembers(documents, [...keys].map(Number));
      return new Map([...keys].map((key) => [key, again(key, stored.get(Number(key)))]));
    },
  };
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
