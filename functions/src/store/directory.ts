import type { Member } from '../contract/member.ts';
import { decodeMember, encodeMember, pageId, pageOf, pageOfId } from '../core/page.ts';
import type { Doc, Documents, Write } from '../ports.ts';
import { untilSettled } from './mutate.ts';
import { idOf, memberPagePath, MEMBERS } from './paths.ts';

/** A page's members as stored: JSON by member number. */
export type StoredPage = Readonly<Record<string, string>>;

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

export async function readMember(documents: Documents, memberNo: number): Promise<Member | null> {
  const stored = (await readStoredMembers(documents, [memberNo])).get(memberNo);
  return stored === undefined ? null : decodeMember(memberNo, stored);
}

/**
 * Changes one member by one field of its page, however many others change there at the same time.
 * @returns the member as it is now; null where there is none
 */
export async function changeMember(
  documents: Documents,
  memberNo: number,
  change: (member: Member) => Member,
): Promise<Member | null> {
  const path = memberPagePath(pageOf(memberNo));
  return untilSettled(async () => {
    const doc = await documents.get(path);
    const stored = doc === null ? undefined : storedPage(doc)[String(memberNo)];
    if (doc === null || stored === undefined) return null;
    const member = change(decodeMember(memberNo, stored));
    const value = encodeMember(member);
    if (value !== stored) {
      await documents.commit([{ set: path, at: doc.version, path: ['members', String(memberNo)], value }]);
    }
    return member;
  });
}

/** Every page in the order of its members' numbers, a few at a time. */
export async function* allPages(documents: Documents): AsyncGenerator<StoredPage, void, undefined> {
  for (let fromId = pageId(0); ;) {
    const docs = await documents.query({ collection: MEMBERS, fromId, toId: LAST_PAGE_ID, limit: PAGES_PER_COMMIT });
    yield* docs.map(storedPage);
    const last = docs.at(-1);
    if (last === undefined || docs.length < PAGES_PER_COMMIT) return;
    fromId = pageId(pageOfId(idOf(last.path)) + 1);
  }
}

/**
 * Some members as stored, by number; those that are not there are left out. Of their pages nothing else is read, so
 * that members scattered over the whole directory take the memory of themselves alone.
 */
export async function readStoredMembers(
  documents: Documents,
  memberNos: readonly number[],
): Promise<Map<number, string>> {
  const byPage = [...Map.groupBy(new Set(memberNos), pageOf)];
  const found = new Map<number, string>();
  for (let start = 0; start < byPage.length; start += PAGES_PER_LOOK_UP) {
    const some = byPage.slice(start, start + PAGES_PER_LOOK_UP);
    const fields = some.flatMap(([, nos]) => nos.map((memberNo) => ['members', String(memberNo)] as const));
    const docs = await documents.getMany(
      some.map(([page]) => memberPagePath(page)),
      fields,
    );
    for (const doc of docs) {
      if (doc === null) continue;
      for (const [memberNo, stored] of Object.entries(storedPage(doc))) found.set(Number(memberNo), stored);
    }
  }
  return found;
}

export async function removeMember(documents: Documents, memberNo: number): Promise<void> {
  await documents.commit([{ remove: memberPagePath(pageOf(memberNo)), path: ['members', String(memberNo)] }]);
}

/** Pages in the order asked for; an empty one where there is none. */
export async function readPages(documents: Documents, pages: readonly number[]): Promise<StoredPage[]> {
  const docs = await documents.getMany(pages.map(memberPagePath));
  return docs.map((doc) => (doc === null ? {} : storedPage(doc)));
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

/** @throws TypeError where the document is no page: something else wrote it */
function storedPage(doc: Doc): StoredPage {
  const members = doc.fields['members'] ?? {};
  if (typeof members !== 'object' || members === null || Array.isArray(members)) {
    throw new TypeError(`${doc.path} is no member page`);
  }
  return members as StoredPage;
}
