import type { Member } from '../contract/member.ts';
import { encodeMember, firstNoOf, pageOfId, readableMember } from '../core/page.ts';
import { encodeQuarantine, type Quarantine } from '../core/quarantine.ts';
import type { Documents, Write } from '../ports.ts';
import { readablePage } from './directory.ts';
import { untilSettled } from './mutate.ts';
import { idOf, memberPagePath, MEMBERS } from './paths.ts';

/** A page as whoever cares for its addresses sees it. */
export interface KnownPage {
  readonly quarantine: Quarantine;
  /** Null where it is not there, or cannot be read. */
  readonly memberOf: (memberNo: number) => Member | null;
}

export interface PageChange {
  readonly quarantine: Quarantine;
  /** When somebody has to look at the page again; null where nobody need. */
  readonly lookAtMs: number | null;
  /** Members whose addresses are others now. */
  readonly members: readonly Member[];
}

/** Changes what a page holds back, unless it is no page. A member who is changed meanwhile is seen as it is then. */
export async function changePage(
  documents: Documents,
  page: number,
  change: (known: KnownPage) => PageChange,
): Promise<void> {
  const path = memberPagePath(page);
  await untilSettled(async () => {
    const doc = await documents.get(path);
    const stored = doc === null ? null : readablePage(doc);
    if (doc === null || stored === null) return;
    const { members, quarantine } = stored;
    const memberOf = (memberNo: number): Member | null => readableMember(memberNo, members[String(memberNo)]);
    const after = change({ quarantine, memberOf });
    const fields = { quarantine: encodeQuarantine(after.quarantine, firstNoOf(page)), lookAtMs: after.lookAtMs };
    const writes: Write[] = [{ update: path, at: doc.version, fields }];
    if (after.members.length > 0) {
      const texts = Object.fromEntries(after.members.map((member) => [String(member.memberNo), encodeMember(member)]));
      writes.push({ merge: path, fields: { members: texts } });
    }
    await documents.commit(writes);
  });
}

/** Pages that hold something back which it is time to look at, the longest overdue first. */
export async function pagesToLookAt(documents: Documents, nowMs: number, limit: number): Promise<number[]> {
  const docs = await documents.query({
    collection: MEMBERS,
    where: [['lookAtMs', '<=', nowMs]],
    orderBy: { field: 'lookAtMs', descending: false },
    limit,
    idsOnly: true,
  });
  return docs.map(({ path }) => pageOfId(idOf(path)));
}
