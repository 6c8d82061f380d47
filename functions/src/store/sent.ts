import { decodeSent, encodeSent, nameOf, reserve, type Ask, type Cap, type Sent } from '../core/frequency.ts';
import { pageOf } from '../core/page.ts';
import type { Doc, Documents, Write } from '../ports.ts';
import { untilSettled } from './mutate.ts';
import { memberPagePath } from './paths.ts';

/** Pages counted on in one commit: one that somebody else changes meanwhile holds up no more than these. */
const PAGES_AT_ONCE = 50;

/**
 * Counts a campaign's messages to some members before they are sent. Of two campaigns that ask at once both are
 * counted, or the cap keeps one back. A read for each page that they fall on, and a write where it changes.
 * @returns the members that may be written to
 */
export async function reserveMessages(
  documents: Documents,
  campaignId: string,
  asks: readonly Ask[],
  cap: Cap,
): Promise<Set<number>> {
  const pages = [...Map.groupBy(asks, ({ memberNo }) => pageOf(memberNo))];
  const all = new Set<number>();
  for (let start = 0; start < pages.length; start += PAGES_AT_ONCE) {
    const some = pages.slice(start, start + PAGES_AT_ONCE);
    const allowed = await untilSettled(() => reserveOn(documents, nameOf(campaignId), some, cap));
    for (const memberNo of allowed) all.add(memberNo);
  }
  return all;
}

async function reserveOn(
  documents: Documents,
  campaign: Uint8Array,
  pages: readonly (readonly [page: number, asks: readonly Ask[]])[],
  cap: Cap,
): Promise<number[]> {
  const docs = await documents.getMany(
    pages.map(([page]) => memberPagePath(page)),
    [['sent']],
  );
  const writes: Write[] = [];
  const allowed: number[] = [];
  for (const [index, [, asks]] of pages.entries()) {
    const doc = docs[index] ?? null;
    // Its members are gone.
    if (doc === null) continue;
    const after = reserve(sentOf(doc), campaign, asks, cap);
    allowed.push(...after.allowed);
    if (after.isChanged) writes.push({ update: doc.path, at: doc.version, fields: { sent: encodeSent(after.sent) } });
  }
  if (writes.length > 0) await documents.commit(writes);
  return allowed;
}

export function sentOf({ fields }: Doc): Sent[] {
  const { sent } = fields;
  return sent instanceof Uint8Array ? decodeSent(sent) : [];
}
