import { MEMBER_MAX_BYTES, type Member, type MemberPatch } from '../contract/member.ts';
import type { FieldError } from '../contract/problem.ts';

/** The member with what the patch gives. */
export function patched(member: Member, patch: MemberPatch): Member {
  const { timeZone: zoneNow, ...now } = member;
  const { addresses = now.addresses, vars = now.vars, tags = now.tags } = patch;
  const { timeZone = zoneNow, consent = {} } = patch;
  const given = Object.fromEntries(Object.entries(consent).filter(([, choice]) => choice !== undefined));
  return {
    ...now,
    addresses,
    vars,
    tags,
    consent: { ...now.consent, ...given },
    ...(timeZone === undefined || timeZone === null ? {} : { timeZone }),
  };
}

/** @returns nothing where the member is small enough for its page */
export function checkSize(member: Member): FieldError[] {
  const bytes = Buffer.byteLength(JSON.stringify(member));
  if (bytes <= MEMBER_MAX_BYTES) return [];
  return [{ field: '', message: `makes a member of ${bytes} bytes; at most ${MEMBER_MAX_BYTES} are kept` }];
}
