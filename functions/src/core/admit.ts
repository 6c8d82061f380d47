import type { LedgerCode } from '../contract/codes.ts';
import type { Member } from '../contract/member.ts';
import { gate, type GateVerdict, type Law } from './gate.ts';
import type { Timing } from './schedule.ts';
import { momentOf } from './wallClock.ts';

export type Admission =
  /** `untilMs`: from then on it has to be asked again. */
  | Extract<GateVerdict, { readonly kind: 'pass' }>
  /** It may go out from `untilMs` on. */
  | {
      readonly kind: 'hold';
      readonly code: Extract<LedgerCode, 'held.night' | 'held.local-time'>;
      readonly untilMs: number;
    }
  | { readonly kind: 'none'; readonly code: Extract<LedgerCode, `suppressed.${string}` | 'expired.until'> };

const EXPIRED = { kind: 'none', code: 'expired.until' } as const;

/**
 * May this person be sent this campaign at this moment? Who has not agreed to it is never written to; who has, waits for
 * the campaign's local time first and for the law's day after that. What would have to wait beyond the campaign's end
 * is not waited for.
 */
export function admit(
  { law, timing: { localMs, untilMs } }: { readonly law: Law; readonly timing: Pick<Timing, 'localMs' | 'untilMs'> },
  person: Pick<Member, 'consent' | 'timeZone'>,
  nowMs: number,
): Admission {
  const verdict = gate(law, person, nowMs);
  const turnMs = localMs === null ? nowMs : momentOf(person.timeZone ?? law.rules.timeZone, localMs);
  // That it is night now says nothing of the time at which it is their turn.
  if (turnMs > nowMs && (verdict.kind !== 'suppress' || verdict.code === 'suppressed.night')) {
    return turnMs >= untilMs ? EXPIRED : { kind: 'hold', code: 'held.local-time', untilMs: turnMs };
  }
  if (verdict.kind === 'suppress') return { kind: 'none', code: verdict.code };
  if (nowMs >= untilMs) return EXPIRED;
  if (verdict.kind === 'hold') {
    return verdict.untilMs >= untilMs ? EXPIRED : { ...verdict, code: 'held.night' };
  }
  return { ...verdict, untilMs: Math.min(verdict.untilMs, untilMs) };
}
