import type { LedgerCode } from '../contract/codes.ts';
import type { Where } from '../contract/campaign.ts';
import type { Choice, Member } from '../contract/member.ts';
import type { AdRules } from './adRules.ts';
import { nextTimeOfDay, timeOfDayMs } from './wallClock.ts';

export type Kind = 'marketing' | 'transactional';

/** By which rules a campaign may write to people. */
export interface Law {
  readonly kind: Kind;
  readonly rules: AdRules;
  /** What becomes of advertising that meets the night without consent to it. */
  readonly night: 'hold' | 'suppress';
}

/** When the consents that a message relies on were given, in ms; null where it relies on none. */
export interface Evidence {
  readonly consentAtMs: number | null;
  readonly nightConsentAtMs: number | null;
}
export const NO_EVIDENCE: Evidence = { consentAtMs: null, nightConsentAtMs: null };

export type GateVerdict =
  /** `untilMs`: from then on the gate has to be asked again. */
  | { readonly kind: 'pass'; readonly evidence: Evidence; readonly untilMs: number }
  /** It may go out from `untilMs` on. */
  | { readonly kind: 'hold'; readonly untilMs: number }
  | {
      readonly kind: 'suppress';
      readonly code: Extract<LedgerCode, 'suppressed.no-consent' | 'suppressed.refused' | 'suppressed.night'>;
    };

/**
 * May this person be sent this kind of push at this moment? Asked at every attempt, so that a refusal that comes in
 * between holds. Marketing needs prior explicit consent, and at night one of its own; "not chosen" means no.
 */
export function gate(
  { kind, rules, night }: Law,
  person: Pick<Member, 'consent' | 'timeZone'>,
  nowMs: number,
): GateVerdict {
  if (kind === 'transactional') return { kind: 'pass', evidence: NO_EVIDENCE, untilMs: Infinity };
  const { marketing, night: nightChoice } = person.consent;
  if (marketing?.granted === false) return { kind: 'suppress', code: 'suppressed.refused' };
  const consentAtMs = givenAtMs(marketing);
  if (consentAtMs === null) return { kind: 'suppress', code: 'suppressed.no-consent' };
  const zone = person.timeZone ?? rules.timeZone;
  const nightConsentAtMs = givenAtMs(nightChoice);
  if (isNight(rules, timeOfDayMs(zone, nowMs))) {
    const untilMs = nextTimeOfDay(zone, rules.night.toMs, nowMs);
    if (nightConsentAtMs !== null) return { kind: 'pass', evidence: { consentAtMs, nightConsentAtMs }, untilMs };
    return night === 'hold' ? { kind: 'hold', untilMs } : { kind: 'suppress', code: 'suppressed.night' };
  }
  const untilMs = nextTimeOfDay(zone, rules.night.fromMs, nowMs);
  return { kind: 'pass', evidence: { consentAtMs, nightConsentAtMs: null }, untilMs };
}

function isNight({ night }: AdRules, timeMs: number): boolean {
  return timeMs >= night.fromMs || timeMs < night.toMs;
}

function givenAtMs(choice: Choice | null | undefined): number | null {
  return choice?.granted === true ? Date.parse(choice.at) : null;
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
