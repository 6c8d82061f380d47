import type { Member } from '../contract/member.ts';

/**
 * Member numbers per directory page. 500 members of at most 2,000 bytes fill one Firestore document of 1 MiB, and one
 * page's members fill about one `sendEach` batch.
 */
export const MEMBERS_PER_PAGE = 500;

export function pageOf(memberNo: number): number {
  return Math.floor(memberNo / MEMBERS_PER_PAGE);
}

export function firstNoOf(page: number): number {
  return page * MEMBERS_PER_PAGE;
}

/** Document id of a page: decimal with leading zeros, so that ids sort as numbers do (2^53 / 500 has 14 digits). */
export function pageId(page: number): string {
  return String(page).padStart(14, '0');
}

export function pageOfId(id: string): number {
  return Number(id);
}

/** A member as a page holds it: JSON without the number, which is the field's name. */
export function encodeMember(member: Member): string {
  const { memberNo: _, ...rest } = member;
  return JSON.stringify(rest);
}

/** @throws SyntaxError or TypeError where it is no member as `encodeMember` writes one */
export function decodeMember(memberNo: number, stored: string): Member {
  const member = JSON.parse(stored) as Omit<Member, 'memberNo'>;
  const { addresses, consent, vars, tags } = member;
  if (!Array.isArray(addresses) || !Array.isArray(tags) || !isObject(consent) || !isObject(vars)) {
    throw new TypeError('a stored member lacks a field');
  }
  return Object.assign(member, { memberNo });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of a page within a range, by number; only those are decoded. `null` stands for one that is unreadable. */
export function* membersWithin(
  stored: Readonly<Record<string, string>>,
  from: number,
  to: number,
): Generator<{ readonly memberNo: number; readonly member: Member | null }, void, undefined> {
  const numbers = Object.keys(stored)
    .map(Number)
    .filter((no) => no >= from && no <= to)
    .sort((a, b) => a - b);
  for (const memberNo of numbers) yield { memberNo, member: readableMember(memberNo, stored[String(memberNo)]) };
}

/** A stored member; null where it is none as `encodeMember` writes one. */
export function readableMember(memberNo: number, stored: string | undefined): Member | null {
  try {
    return decodeMember(memberNo, stored ?? '');
  } catch {
    return null;
  }
}
