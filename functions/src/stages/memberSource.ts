import type { MemberRange } from '../contract/campaign.ts';
import type { RecipientKey } from '../contract/ids.ts';
import type { Member } from '../contract/member.ts';
import type { CompiledMessage } from '../core/compose.ts';
import { meant } from '../core/gate.ts';
import { firstNoOf, MEMBERS_PER_PAGE, membersWithin, pageOf, readableMember } from '../core/page.ts';
import { planMembers, type Span } from '../core/plan.ts';
import type { Held } from '../core/quarantine.ts';
import type { Recipient } from '../core/recipient.ts';
import {
  firstPage,
  readPages,
  readStoredMembers,
  unreadablePages,
  type StoredMember,
  type StoredPage,
} from '../store/directory.ts';
import { memberPagePath } from '../store/paths.ts';
import type { Meter } from '../store/meter.ts';
import type { Located, LocatedPage, Source } from './source.ts';

/** Pages read ahead at once: at most 4 MiB, and one round trip for 2,000 members. */
const PAGES_PER_READ = 4;

interface PageRead {
  readonly page: number;
  readonly lookedUpAtMs: number;
  /** Null where the document is no page. */
  readonly stored: StoredPage | null;
}

/** The directory's members of a run of numbers; a position is a member number, and the key is the same in decimal. */
export function memberSource(meter: Meter, audience: MemberRange, message: CompiledMessage): Source {
  const { documents, log, clock } = meter.world;

  const recipientOf = (key: RecipientKey, member: Member | null, held: readonly Held[] = []): Recipient => {
    if (member !== null) return { key, person: { ...member, held }, message };
    log.error('a member cannot be read', { memberNo: key });
    return { key, nobody: 'failed.unreadable' };
  };

  /** One who was not readable when the audience was walked may turn out not to be meant. */
  const again = (key: RecipientKey, { text, held }: StoredMember): Recipient => {
    const member = readableMember(Number(key), text);
    if (member !== null && !meant(audience.where, member.tags)) return { key, nobody: 'suppressed.not-in-audience' };
    return recipientOf(key, member, held);
  };

  async function* walk(run: Span): AsyncGenerator<LocatedPage, void, undefined> {
    for await (const { page, lookedUpAtMs, stored } of pagesAhead(run)) {
      yield { lookedUpAtMs, recipients: stored === null ? nobodyOn(page, run) : meantOf(stored, run) };
    }
  }

  function* meantOf({ members, quarantine }: StoredPage, run: Span): Generator<Located, void, undefined> {
    for (const { memberNo, member } of membersWithin(members, run.from, run.to)) {
      if (member !== null && !meant(audience.where, member.tags)) continue;
      yield { position: memberNo, recipient: recipientOf(String(memberNo), member, quarantine.get(memberNo)) };
    }
  }

  /** Which members such a page held nobody knows: every number that falls on it has failed. */
  function nobodyOn(page: number, run: Span): Located[] {
    log.error('a page of members cannot be read', { page: memberPagePath(page) });
    const first = firstNoOf(page);
    return numbers(Math.max(run.from, first), Math.min(run.to, first + MEMBERS_PER_PAGE - 1)).map((memberNo) => ({
      position: memberNo,
      recipient: { key: String(memberNo), nobody: 'failed.unreadable' },
    }));
  }

  async function* pagesAhead(run: Span): AsyncGenerator<PageRead, void, undefined> {
    const last = pageOf(run.to);
    const read = async (from: number): Promise<PageRead[]> => {
      const pages = numbers(from, Math.min(last, from + PAGES_PER_READ - 1));
      const lookedUpAtMs = clock.now();
      const stored = await readPages(documents, pages);
      return stored.map((one, index) => ({ page: from + index, lookedUpAtMs, stored: one }));
    };
    let ahead: Promise<PageRead[]> | null = read(pageOf(run.from));
    for (let page = pageOf(run.from); ahead !== null; page += PAGES_PER_READ) {
      const pages: PageRead[] = await ahead;
      ahead = page + PAGES_PER_READ > last ? null : read(page + PAGES_PER_READ);
      // The walk may end before this is awaited; its failure is met where it is awaited, not as an unhandled one.
      ahead?.catch(() => undefined);
      yield* pages;
    }
  }

  return {
    plan: async (cursor, recipients) => {
      const page =
        cursor.nextPosition === null
          ? null
          : await firstPage(documents, pageOf(cursor.nextPosition), pageOf(audience.to));
      return planMembers(cursor, audience.to, page, recipients);
    },
    walk,
    memberNoOf: ({ key }) => Number(key),
    find: async (_run, keys) => {
      const numbersAsked = [...keys].map(Number);
      const stored = await readStoredMembers(documents, numbersAsked);
      const missing = numbersAsked.filter((memberNo) => !stored.has(memberNo)).map(pageOf);
      const unreadable = await unreadablePages(documents, new Set(missing));
      const nobody = (memberNo: number) =>
        unreadable.has(pageOf(memberNo)) ? 'failed.unreadable' : 'suppressed.member-removed';
      return new Map(
        [...keys].map((key): [RecipientKey, Recipient] => {
          const found = stored.get(Number(key));
          return [key, found === undefined ? { key, nobody: nobody(Number(key)) } : again(key, found)];
        }),
      );
    },
    placeOf: (memberNo) => memberPagePath(pageOf(memberNo)),
  };
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
