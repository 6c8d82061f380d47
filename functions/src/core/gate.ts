import type { LedgerCode } from '../contract/codes.ts';
import type { Where } from '../contract/campaign.ts';
import type { Member } from '../contract/member.ts';

export type Kind = 'marketing' | 'transactional';

export type GateVerdict =
  | {
      readonly pass: true;
      /** When the consent relied on was given, in ms; null where none is needed. */ readonly consentAtMs:
        number | null;
    }
  | { readonly pass: false; readonly code: Extract<LedgerCode, 'suppressed.no-consent' | 'suppressed.refused'> };

/**
 * May this member be sent this kind of push now? Asked at every attempt, so that a refusal that comes in between holds.
 * Marketing needs prior explicit consent; "not chosen" means no (정보통신망법 제50조 제1항).
 */
export function gate(kind: Kind, person: Pick<Member, 'consent'>): GateVerdict {
  if (kind === 'transactional') return { pass: true, consentAtMs: null };
  const choice = person.consent.marketing;
  if (choice === undefined || choice === null) return { pass: false, code: 'suppressed.no-consent' };
  if (!choice.granted) return { pass: false, code: 'suppressed.refused' };
  return { pass: true, consentAtMs: Date.parse(choice.at) };
}

/** Is the member meant by the audience's conditions? Who is not is no recipient, and gets no outcome. */
export function meant(where: Where | undefined, tags: readonly string[]): boolean {
  if (where === undefined) return true;
  const { tagsAny, tagsAll, tagsNone } = where;
  return (
    (tagsAny === undefined || tagsAny.some((tag) => tags.includes(tag))) &&
    (tagsAll === undefined || tagsAll.every((tag) => tags.includes(tag))) &&
    (tagsNone === undefined || !tagsNone.some((tag) => tags.includes(tag)))
  );
}
