import assert from 'node:assert/strict';
import type { Member } from '../../../functions/src/contract/member.ts';
import { AD_RULES, consentDueMs } from '../../../functions/src/core/adRules.ts';
import { gate, type GateVerdict, type Law } from '../../../functions/src/core/gate.ts';

const CASES = 1_000_000;
const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
/** Zones with and without daylight saving, of whole, half and quarter hours, on both sides of the date line. */
const ZONES = [
  'Asia/Seoul',
  'America/Los_Angeles',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Africa/Casablanca',
  'America/Santiago',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
] as const;

const law = (changes: Partial<Law> = {}): Law => ({ kind: 'marketing', rules: AD_RULES.KR, night: 'hold', ...changes });

/** The law as its text has it, on a wall clock that Intl shows: it shares nothing with the gate. */
class Oracle {
  readonly #clock: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium', hourCycle: 'h23' });
  }

  wallClock(atMs: number): string {
    return this.#clock.format(atMs);
  }

  isNight(atMs: number): boolean {
    const wall = this.wallClock(atMs);
    return wall >= '21:00:00' || wall < '08:00:00';
  }

  says({ consent }: Pick<Member, 'consent'>, { kind, night }: Law, atMs: number): string {
    if (kind === 'transactional') return 'pass';
    if (consent.marketing === null || consent.marketing === undefined) return 'suppressed.no-consent';
    if (!consent.marketing.granted) return 'suppressed.refused';
    if (!this.isNight(atMs) || consent.night?.granted === true) return 'pass';
    return night === 'hold' ? 'hold' : 'suppressed.night';
  }
}

/** Marsaglia's xorshift: the same cases in every run. */
function* fractions(seed: number): Generator<number, never, undefined> {
  for (let state = seed; ;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>> 0) / 2 ** 32;
  }
}

const told = (verdict: GateVerdict): string => (verdict.kind === 'suppress' ? verdict.code : verdict.kind);

describe('gate', () => {
  const at = '2026-01-01T00:00:00Z';
  const yes = { granted: true, at };
  const no = { granted: false, at };
  const CHOICES = [undefined, null, yes, no];

  it(`says what the law says, in ${CASES.toLocaleString('en')} cases`, () => {
    const random = fractions(20_261_121);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next().value * list.length)] as T;
    const perDay = 1_000;
    const days = CASES / ZONES.length / perDay;
    for (const timeZone of ZONES) {
      const oracle = new Oracle(timeZone);
      for (let day = 0; day < days; day += 1) {
        const startMs = Date.UTC(2025, 0, 1) + (day * 11 + Math.floor(random.next().value * 11)) * DAY_MS;
        for (let nth = 0; nth < perDay; nth += 1) {
          // Half of them within a second of a quarter of an hour, where everything changes that changes.
          const anywhereMs = startMs + Math.floor(random.next().value * DAY_MS);
          const edgeMs =
            Math.round(anywhereMs / QUARTER_MS) * QUARTER_MS + Math.floor(random.next().value * 2_000) - 1_000;
          const nowMs = nth % 2 === 0 ? anywhereMs : edgeMs;
          const person = { timeZone, consent: { marketing: pick([yes, yes, yes, ...CHOICES]), night: pick(CHOICES) } };
          const rules = law({
            kind: nth % 20 === 0 ? 'transactional' : 'marketing',
            night: pick(['hold', 'suppress']),
          });
          const verdict = gate(rules, person, nowMs);
          const expected = oracle.says(person, rules, nowMs);
          if (told(verdict) !== expected) {
            assert.fail(`${timeZone} ${oracle.wallClock(nowMs)} (${nowMs}): ${told(verdict)}, and not ${expected}`);
          }
          if (nth % 50 === 0 && verdict.kind === 'hold') assertEndsAtEight(oracle, nowMs, verdict.untilMs);
        }
      }
    }
  }).timeout(60_000);

  function assertEndsAtEight(oracle: Oracle, nowMs: number, untilMs: number): void {
    assert.equal(oracle.wallClock(untilMs), '08:00:00');
    assert.ok(untilMs > nowMs && untilMs - nowMs <= 12 * 3_600_000);
    for (let atMs = nowMs; atMs < untilMs; atMs += QUARTER_MS) assert.ok(oracle.isNight(atMs));
  }

  for (const [wall, byDay] of [
    ['20:59:59.999', true],
    ['21:00:00.000', false],
    ['07:59:59.999', false],
    ['08:00:00.000', true],
  ] as const) {
    it(`at ${wall} is ${byDay ? 'day' : 'night'}`, () => {
      const nowMs = Date.parse(`2026-11-21T${wall}+09:00`);
      const asked = (night: Law['night'], consent: Member['consent']): string =>
        told(gate(law({ night }), { consent }, nowMs));
      assert.equal(asked('hold', { marketing: yes }), byDay ? 'pass' : 'hold');
      assert.equal(asked('suppress', { marketing: yes, night: no }), byDay ? 'pass' : 'suppressed.night');
      assert.equal(asked('suppress', { marketing: yes, night: yes }), 'pass');
    });
  }

  it('names the consents that a message relies on, and until when', () => {
    const person = { consent: { marketing: yes, night: { granted: true, at: '2026-02-01T00:00:00Z' } } };
    const day = gate(law(), person, Date.parse('2026-11-21T12:00:00+09:00'));
    assert.deepEqual(day, {
      kind: 'pass',
      evidence: { consentAtMs: Date.parse(at), nightConsentAtMs: null },
      untilMs: Date.parse('2026-11-21T21:00:00+09:00'),
    });
    const night = gate(law(), person, Date.parse('2026-11-21T23:00:00+09:00'));
    assert.deepEqual(night, {
      kind: 'pass',
      evidence: { consentAtMs: Date.parse(at), nightConsentAtMs: Date.parse('2026-02-01T00:00:00Z') },
      untilMs: Date.parse('2026-11-22T08:00:00+09:00'),
    });
  });

  it('asks nobody to confirm before two years are over', () => {
    const due = (givenAt: string): string => new Date(consentDueMs(AD_RULES.KR, Date.parse(givenAt))).toISOString();
    assert.equal(due('2026-01-15T03:30:00Z'), '2028-01-15T03:30:00.000Z');
    assert.equal(due('2024-02-29T00:00:00Z'), '2026-03-01T00:00:00.000Z');
  });
});
