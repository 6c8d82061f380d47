import assert from 'node:assert/strict';
import { momentOf, nextTimeOfDay, offsetMs, timeOfDayMs } from '../../../functions/src/core/wallClock.ts';

const HOUR_MS = 3_600_000;
const utc = (text: string): number => Date.parse(`${text}Z`);
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

describe('wall clock', () => {
  it('knows how far a zone is from UTC', () => {
    assert.equal(offsetMs('Asia/Seoul', utc('2026-11-21T00:00:00')), 9 * HOUR_MS);
    assert.equal(offsetMs('UTC', 0), 0);
    assert.equal(offsetMs('Asia/Kathmandu', 0 + utc('2026-01-01T00:00:00')), 5.75 * HOUR_MS);
    assert.equal(offsetMs('America/Los_Angeles', utc('2026-03-08T09:59:59')), -8 * HOUR_MS);
    assert.equal(offsetMs('America/Los_Angeles', utc('2026-03-08T10:00:00')), -7 * HOUR_MS);
    assert.throws(() => offsetMs('Asia/Nowhere', 0), RangeError);
  });

  it('shows the time of day, also before 1970', () => {
    assert.equal(timeOfDayMs('Asia/Seoul', utc('2026-11-21T15:00:00')), 0);
    assert.equal(timeOfDayMs('Asia/Seoul', utc('2026-11-21T14:59:59')), 24 * HOUR_MS - 1_000);
    assert.equal(timeOfDayMs('UTC', -1_000), 24 * HOUR_MS - 1_000);
  });

  it('finds the next time of day, later than now', () => {
    const next = (from: string): string => iso(nextTimeOfDay('Asia/Seoul', 8 * HOUR_MS, utc(from)));
    assert.equal(next('2026-11-21T22:59:59'), '2026-11-21T23:00:00');
    assert.equal(next('2026-11-21T23:00:00'), '2026-11-22T23:00:00');
  });

  it('takes the change for a time that it skips, and the first of a doubled one', () => {
    const moment = (zone: string, local: string): string => iso(momentOf(zone, utc(local)));
    assert.equal(moment('America/Los_Angeles', '2026-03-08T02:30:00'), '2026-03-08T10:00:00');
    assert.equal(moment('America/Los_Angeles', '2026-11-01T01:30:00'), '2026-11-01T08:30:00');
    assert.equal(moment('Europe/Berlin', '2026-10-25T02:30:00'), '2026-10-25T00:30:00');
    assert.equal(moment('Europe/Berlin', '2026-03-29T02:30:00'), '2026-03-29T01:00:00');
    assert.equal(moment('Australia/Lord_Howe', '2026-10-04T02:15:00'), '2026-10-03T15:30:00');
    // Samoa crossed the date line: the whole day was skipped.
    assert.equal(moment('Pacific/Apia', '2011-12-30T10:00:00'), '2011-12-30T10:00:00');
    assert.equal(moment('Asia/Seoul', '2026-11-21T12:00:00'), '2026-11-21T03:00:00');
  });
});
