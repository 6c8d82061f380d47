import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AD_RULES } from '../../../functions/src/core/adRules.ts';
import { admit, type Admission } from '../../../functions/src/core/admit.ts';
import type { Law } from '../../../functions/src/core/gate.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const ZONES = ['Asia/Seoul', 'America/Los_Angeles', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu'] as const;
const at = '2026-01-01T00:00:00Z';
const yes = { granted: true, at };
const no = { granted: false, at };

const law = (changes: Partial<Law>): Law => ({ kind: 'marketing', rules: AD_RULES.KR, night: 'hold', ...changes });
const told = (admission: Admission): string => (admission.kind === 'pass' ? 'pass' : admission.code);

/** What a wall clock shows, as `YYYY-MM-DD HH:MM`: Intl's, and not the pipeline's. */
const formats = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' }),
  ]),
);

const shownAt = (zone: (typeof ZONES)[number], atMs: number): string => formats.get(zone)?.format(atMs) ?? '';

/** Do the clocks show for the second time what they have shown before? Then what they show does not tell what has been. */
function isDoubled(zone: (typeof ZONES)[number], nowMs: number): boolean {
  const utcMs = (shown: string): number => Date.parse(`${shown.replace(' ', 'T')}Z`);
  const hourMs = 60 * MINUTE_MS;
  return utcMs(shownAt(zone, nowMs)) - utcMs(shownAt(zone, nowMs - hourMs)) < hourMs;
}

/** What is asked for, in the words of the documents. */
function oracle(
  zone: (typeof ZONES)[number],
  granted: boolean,
  nightGranted: boolean,
  rules: Law,
  wanted: Wanted,
): string {
  const shown = shownAt(zone, wanted.nowMs);
  const isNight = shown.slice(11) >= '21:00' || shown.slice(11) < '08:00';
  if (rules.kind === 'marketing' && !granted) return 'suppressed.refused';
  const blocked = rules.kind === 'marketing' && isNight && !nightGranted;
  if (wanted.local !== null && shown < wanted.local) return 'held.local-time';
  if (blocked && rules.night === 'suppress') return 'suppressed.night';
  if (wanted.nowMs >= wanted.untilMs) return 'expired.until';
  return blocked ? 'held.night' : 'pass';
}

interface Wanted {
  readonly nowMs: number;
  readonly untilMs: number;
  /** As the wall clock shows it. */
  readonly local: string | null;
}

describe('admit', () => {
  it('asks for consent, then for the local time, then for the end, then for the night', () => {
    const minute = fc.integer({ min: Date.UTC(2026, 0, 1) / MINUTE_MS, max: Date.UTC(2027, 0, 1) / MINUTE_MS });
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        minute,
        fc.option(fc.integer({ min: -1_500, max: 1_500 })),
        fc.option(fc.integer({ min: -100, max: 3_000 })),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom('marketing', 'transactional'),
        fc.constantFrom('hold', 'suppress'),
        (zone, nowMinute, localAfter, untilAfter, granted, nightGranted, kind, night) => {
          const nowMs = nowMinute * MINUTE_MS;
          fc.pre(!isDoubled(zone, nowMs));
          const localMs = localAfter === null ? null : nowMs + localAfter * MINUTE_MS;
          const untilMs = untilAfter === null ? Infinity : nowMs + untilAfter * MINUTE_MS;
          const consent = { marketing: granted ? yes : no, night: nightGranted ? yes : no };
          const rules = law({ kind, night });
          const admission = admit({ law: rules, timing: { localMs, untilMs } }, { timeZone: zone, consent }, nowMs);
          const local = localMs === null ? null : new Date(localMs).toISOString().slice(0, 16).replace('T', ' ');
          const expected = oracle(zone, granted, nightGranted, rules, { nowMs, untilMs, local });
          if (told(admission) === 'expired.until' && expected.startsWith('held.')) {
            assertHeldTooLong({ zone, rules, consent, localMs, untilMs }, nowMs);
          } else {
            assert.equal(told(admission), expected);
          }
          if (admission.kind === 'hold') assert.ok(admission.untilMs > nowMs && admission.untilMs < untilMs);
          if (admission.kind === 'pass') assert.ok(admission.untilMs > nowMs && admission.untilMs <= untilMs);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  interface Held {
    readonly zone: string;
    readonly rules: Law;
    readonly consent: { readonly marketing: typeof yes; readonly night: typeof yes };
    readonly localMs: number | null;
    readonly untilMs: number;
  }

  /** It is written off before the end only where it would have been held until then. */
  function assertHeldTooLong({ zone, rules, consent, localMs, untilMs }: Held, nowMs: number): void {
    const timing = { localMs, untilMs: Infinity };
    const free = admit({ law: rules, timing }, { timeZone: zone, consent }, nowMs);
    assert.ok(free.kind === 'hold' && free.untilMs >= untilMs);
  }

  it('takes the clock of the country for who has none', () => {
    const localMs = Date.UTC(2026, 11, 1, 10);
    const timing = { localMs, untilMs: Infinity };
    const inSeoul = localMs - 9 * 60 * MINUTE_MS;
    const ask = (nowMs: number): string =>
      told(admit({ law: law({}), timing }, { consent: { marketing: yes } }, nowMs));
    assert.deepEqual([inSeoul - 1, inSeoul, inSeoul + DAY_MS].map(ask), ['held.local-time', 'pass', 'pass']);
  });
});
