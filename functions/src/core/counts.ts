import { OUTCOMES, type Counts, type FinalCode, type LedgerCode, type Outcome } from '../contract/codes.ts';
import type { OutcomeCounts } from '../contract/campaign.ts';

export function countCodes(codes: Iterable<LedgerCode>): Counts {
  const counts: Partial<Record<LedgerCode, number>> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** `a` + `sign` x `b`; codes that come to nothing are left out. */
export function addCounts(a: Counts, b: Counts, sign: 1 | -1 = 1): Counts {
  const sum: Partial<Record<LedgerCode, number>> = { ...a };
  for (const [code, n] of Object.entries(b) as [LedgerCode, number][]) {
    const total = (sum[code] ?? 0) + sign * n;
    if (total === 0) delete sum[code];
    else sum[code] = total;
  }
  return sum;
}

/** The two words of a code. */
export function wordsOf(code: LedgerCode): { readonly outcome: string; readonly reason: string } {
  const dot = code.indexOf('.');
  return { outcome: code.slice(0, dot), reason: code.slice(dot + 1) };
}

/** Is it a final word? */
export function isFinal(code: LedgerCode): code is FinalCode {
  return (OUTCOMES as readonly string[]).includes(wordsOf(code).outcome);
}

/** Messages that have their outcome, and those that still wait for one. */
export function tally(counts: Counts): {
  readonly final: number;
  readonly open: number;
  readonly outcomes: OutcomeCounts;
} {
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  let open = 0;
  for (const [code, n] of Object.entries(counts) as [LedgerCode, number][]) {
    if (isFinal(code)) outcomes[wordsOf(code).outcome as Outcome] += n;
    else open += n;
  }
  return { final: OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0), open, outcomes };
}
