import type { Member } from '../contract/member.ts';
import { decodeMember, encodeMember, firstNoOf, pageId, pageOf, pageOfId } from '../core/page.ts';
import { decodeQuarantine, encodeQuarantine, type Held, type Quarantine } from '../core/quarantine.ts';
import { encodeSent, forgotten } from '../core/frequency.ts';
import type { Doc, Documents, Write } from '../ports.ts';
import { untilSettled } from './mutate.ts';
import { idOf, memberPagePath, MEMBERS } from './paths.ts';
import { sentOf } from './sent.ts';

/** A page as stored. */
export interface StoredPage {
  /** Its members: JSON by member number. */
  readonly members: Readonly<Record<string, string>>;
  readonly quarantine: Quarantine;
}

/** A member as stored, with those of its addresses that are held back. */
export interface StoredMember {
  readonly text: string;
  readonly held: readonly Held[];
}
export interface KnownMember {
  readonly member: Member;
  readonly held: readonly Held[];
}

const NONE_HELD: Quarantine = new Map();
/** Text that is no member. */
const UNREADABLE: StoredMember = { text: '', held: [] };
const EMPTY_PAGE: StoredPage = { members: {}, quarantine: NONE_HELD };

/** Pages written per commit: each may near 1 MiB, and a commit may carry 10 MiB (Firestore's request limit). */
const PAGES_PER_COMMIT = 8;
const LAST_PAGE_ID = pageId(pageOf(Number.MAX_SAFE_INTEGER));

/** Pages of one look-up; each is asked for every member of the look-up, so the work on them grows with the square. */
const PAGES_PER_LOOK_UP = 50;

/**
 * Writes members without reading what is there: one write for each page that they fall on, whatever number of them.
 * @returns pages written
 */
export async function putMembers(documents: Documents, members: readonly Member[]): Promise<number> {
  const pages = new Map<number, Record<string, string>>();
  for (const member of members) {
    const page = pages.get(pageOf(member.memberNo)) ?? {};
    page[String(member.memberNo)] = encodeMember(member);
    pages.set(pageOf(member.memberNo), page);
  }
  const writes = [...pages].map(([page, stored]): Write => ({
    merge: memberPagePath(page),
    fields: { members: stored },
  }));
  for (let start = 0; start < writes.length; start += PAGES_PER_COMMIT) {
    await documents.commit(writes.slice(start, start + PAGES_PER_COMMIT));
  }
  return writes.length;
}

export async function readMember(documents: Documents, memberNo: number): Promise<KnownMember | null> {
  const stored = (await readStoredMembers(documents, [memberNo])).get(memberNo);
  return stored === undefined ? null : { member: decodeMember(memberNo, stored.text), held: stored.held };
}

/**
 * Changes one member by one field of its page, however many others change there at the same time.
 * @returns the member as it is now; null where there is none
 */
export async function changeMember(
  documents: Documents,
  memberNo: number,
  change: (known: KnownMember) => KnownMember,
): Promise<KnownMember | null> {
  const path = memberPagePath(pageOf(memberNo));
  return untilSettled(async () => {
    const doc = await documents.get(path);
    if (doc === null) return null;
    const page = storedPage(doc);
    const stored = page.members[String(memberNo)];
    if (stored === undefined) return null;
    const before = { text: stored, held: page.quarantine.get(memberNo) ?? [] };
    const after = change({ member: decodeMember(memberNo, before.text), held: before.held });
    const writes: Write[] = [];
    const value = encodeMember(after.member);
    if (value !== before.text) writes.push({ set: path, at: doc.version, path: ['members', String(memberNo)], value });
    if (after.held.length !== before.held.length) {
      const fields = { quarantine: encodeHeld(page.quarantine, memberNo, after.held) };
      // The first write of a commit names the version for both.
      writes.push(writes.length > 0 ? { merge: path, fields } : { update: path, at: doc.version, fields });
    }
    if (writes.length > 0) await documents.commit(writes);
    return after;
  });
}

/** Every page in the order of its members' numbers, a few at a time; null for a document that is no page. */
export async function* allPages(
  documents: Documents,
): AsyncGenerator<{ readonly path: string; readonly page: StoredPage | null }, void, undefined> {
  for (let fromId = pageId(0); ;) {
    const docs = await documents.query({ collection: MEMBERS, fromId, toId: LAST_PAGE_ID, limit: PAGES_PER_COMMIT });
    yield* docs.map((doc) => ({ path: doc.path, page: readablePage(doc) }));
    const last = docs.at(-1);
    if (last === undefined || docs.length < PAGES_PER_COMMIT) return;
    fromId = pageId(pageOfId(idOf(last.path)) + 1);
  }
}

/**
 * Some members as stored, by number; those that are not there are left out. Of their pages nothing else is read, so
 * that members scattered over the whole directory take the memory of themselves alone. Where `members` is no map nobody is
 * found, see `unreadablePages`.
 */
export async function readStoredMembers(
  documents: Documents,
  memberNos: readonly number[],
): Promise<Map<number, StoredMember>> {
  const byPage = [...Map.groupBy(new Set(memberNos), pageOf)];
  const found = new Map<number, StoredMember>();
  for (let start = 0; start < byPage.length; start += PAGES_PER_LOOK_UP) {
    const some = byPage.slice(start, start + PAGES_PER_LOOK_UP);
    const fields = some.flatMap(([, nos]) => nos.map((memberNo) => ['members', String(memberNo)] as const));
    const docs = await documents.getMany(
      some.map(([page]) => memberPagePath(page)),
      [['quarantine'], ...fields],
    );
    for (const doc of docs) {
      if (doc === null) continue;
      const page = readablePage(doc);
      if (page === null) {
        for (const memberNo of some.find(([no]) => memberPagePath(no) === doc.path)?.[1] ?? [])
          found.set(memberNo, UNREADABLE);
        continue;
      }
      const { members, quarantine } = page;
      for (const [memberNo, text] of Object.entries(members)) {
        found.set(Number(memberNo), { text, held: quarantine.get(Number(memberNo)) ?? [] });
      }
    }
  }
  return found;
}

/** Takes a member out of its page, with all that the page keeps of it. */
export async function removeMember(documents: Documents, memberNo: number): Promise<void> {
  const path = memberPagePath(pageOf(memberNo));
  await untilSettled(async () => {
    const [doc = null] = await documents.getMany([path], [['quarantine'], ['sent']]);
    if (doc === null) return;
    const { quarantine } = storedPage(doc);
    const sent = sentOf(doc);
    const writes: Write[] = [{ remove: path, path: ['members', String(memberNo)] }];
    if (quarantine.has(memberNo) || sent.length > 0) {
      const fields = { quarantine: encodeHeld(quarantine, memberNo, []), sent: encodeSent(forgotten(sent, memberNo)) };
      writes.unshift({ update: path, at: doc.version, fields });
    }
    await documents.commit(writes);
  });
}

/** A page's quarantine with another one for one member. */
function encodeHeld(quarantine: Quarantine, memberNo: number, held: readonly Held[]): Uint8Array {
  return encodeQuarantine(new Map(quarantine).set(memberNo, held), firstNoOf(pageOf(memberNo)));
}

/** Pages in the order asked for; an empty one where there is none, null where the document is no page. */
export async function readPages(documents: Documents, pages: readonly number[]): Promise<(StoredPage | null)[]> {
  const docs = await documents.getMany(pages.map(memberPagePath));
  return docs.map((doc) => (doc === null ? EMPTY_PAGE : readablePage(doc)));
}

/**
 * Which of these pages are no pages. A look-up of some members cannot tell that from a page without them, because
 * Firestore leaves out what it does not find; so they are read whole, one after the other.
 */
export async function unreadablePages(documents: Documents, pages: Iterable<number>): Promise<Set<number>> {
  const unreadable = new Set<number>();
  for (const page of pages) if ((await readPages(documents, [page]))[0] === null) unreadable.add(page);
  return unreadable;
}

/** How many pages there are from `page` to `last`. */
export function countPages(documents: Documents, page: number, last: number): Promise<number> {
  return documents.count(MEMBERS, { fromId: pageId(page), toId: pageId(last) });
}

/** The first page that exists from `page` on, up to `last`; null where there is none. */
export async function firstPage(documents: Documents, page: number, last: number): Promise<number | null> {
  const found = await documents.query({
    collection: MEMBERS,
    fromId: pageId(page),
    toId: pageId(last),
    limit: 1,
    idsOnly: true,
  });
  return found[0] === undefined ? null : pageOfId(idOf(found[0].path));
}

/** A page; null where the document is none: something else wrote it. */
export function readablePage(doc: Doc): StoredPage | null {
  try {
    return storedPage(doc);
  } catch {
    return null;
  }
}

/** @throws TypeError or RangeError where the document is no page */
function storedPage({ path, fields }: Doc): StoredPage {
  const { members = {}, quarantine } = fields;
  if (typeof members !== 'object' || members === null || Array.isArray(members)) {
    throw new TypeError(`${path} is no member page`);
  }
  return {
    members: members as StoredPage['members'],
    quarantine:
      quarantine instanceof Uint8Array ? decodeQuarantine(quarantine, firstNoOf(pageOfId(idOf(path)))) : NONE_HELD,
  };
}
