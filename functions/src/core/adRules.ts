const HOUR_MS = 3_600_000;

/** What a country's law asks of advertising by push. */
export interface AdRules {
  /** What a title begins with. */
  readonly titleLabel: string;
  /**
   * When advertising needs a consent of its own: time of day on the recipient's wall clock, in milliseconds since
   * midnight, from inclusive to exclusive, over midnight.
   */
  readonly night: { readonly fromMs: number; readonly toMs: number };
  /** The zone of a recipient whose zone is not known; IANA name. */
  readonly timeZone: string;
  /** A consent is to be confirmed again when it is this old, in years. */
  readonly renewalYears: number;
}

/**
 * One row for each country. KR: 정보통신망법 제50조 제1항·제3항·제4항, 시행령 제61조 (label, sender, opt-out), 제62조의3 (two
 * years); the night is 21:00 to 08:00. An engineering reading, not legal advice.
 */
export const AD_RULES = {
  KR: {
    titleLabel: '(광고)',
    night: { fromMs: 21 * HOUR_MS, toMs: 8 * HOUR_MS },
    timeZone: 'Asia/Seoul',
    renewalYears: 2,
  },
} as const satisfies Readonly<Record<string, AdRules>>;

/** When a consent that was given at `givenAtMs` is to be confirmed again: the same day of the year, in UTC. */
export function consentDueMs({ renewalYears }: AdRules, givenAtMs: number): number {
  const due = new Date(givenAtMs);
  due.setUTCFullYear(due.getUTCFullYear() + renewalYears);
  return due.getTime();
}
