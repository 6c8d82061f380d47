import type { ConsentDue, Member, MemberPatch, MemberView, QuarantineReason } from '../contract/member.ts';
import { ProblemError } from '../contract/problem.ts';
import { AD_RULES, consentDueMs, type AdRules } from '../core/adRules.ts';
import { checkSize, patched } from '../core/memberPatch.ts';
import { membersWithin } from '../core/page.ts';
import { afterRegistration, heldOf } from '../core/quarantine.ts';
import type { World } from '../ports.ts';
import { allPages, changeMember, readMember, type KnownMember } from '../store/directory.ts';

/**
 * Changes what the patch names of one member.
 * @throws ProblemError `not_found`, or `invalid` where the member would become too large
 */
export async function patchMember({ documents }: World, memberNo: number, patch: MemberPatch): Promise<MemberView> {
  const known = await changeMember(documents, memberNo, ({ member, held }) => {
    const after = patched(member, patch);
    const errors = checkSize(after);
    if (errors.length > 0) throw new ProblemError('invalid', 'The member would become too large.', errors);
    return { member: after, held: patch.addresses === undefined ? held : afterRegistration(held, patch.addresses) };
  });
  if (known === null) throw new ProblemError('not_found', 'There is no member with this number.');
  return memberView(known);
}

export async function showMember({ documents }: World, memberNo: number): Promise<MemberView | null> {
  const known = await readMember(documents, memberNo);
  return known === null ? null : memberView(known);
}

function memberView({ member, held }: KnownMember): MemberView {
  const addresses = member.addresses.map((address): MemberView['addresses'][number] => {
    const why = heldOf(address, held);
    if (why === undefined) return address;
    const reason = why.code.slice('invalid.'.length) as QuarantineReason;
    return { ...address, quarantine: { since: new Date(why.sinceMs).toISOString(), reason } };
  });
  return { ...member, addresses };
}

/** The consents that are to be confirmed again before a moment, by member number; read as they are consumed. */
export async function* consentsDue(
  { documents, settings, log }: World,
  dueBeforeMs: number,
): AsyncGenerator<ConsentDue, void, undefined> {
  const rules = AD_RULES[settings.country];
  for await (const { path, page } of allPages(documents)) {
    if (page === null) log.error('a page of members cannot be read', { page: path });
    for (const { memberNo, member } of membersWithin(page?.members ?? {}, 0, Number.MAX_SAFE_INTEGER)) {
      if (member === null) log.error('a member cannot be read', { memberNo });
      else yield* dueOf(member, rules).filter(({ dueAt }) => Date.parse(dueAt) < dueBeforeMs);
    }
  }
}

function dueOf({ memberNo, consent }: Member, rules: AdRules): ConsentDue[] {
  return (['marketing', 'night'] as const).flatMap((kind): ConsentDue[] => {
    const choice = consent[kind];
    if (choice?.granted !== true) return [];
    const grantedAtMs = Date.parse(choice.at);
    const dueAt = new Date(consentDueMs(rules, grantedAtMs)).toISOString();
    return [{ memberNo, kind, grantedAt: new Date(grantedAtMs).toISOString(), dueAt }];
  });
}
