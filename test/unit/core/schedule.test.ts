import assert from 'node:assert/strict';
import fc from 'fast-check';
import { scheduleSchema } from '../../../functions/src/contract/schedule.ts';
import { atPeak, nextGoodMinute } from '../../../functions/src/core/quarterHour.ts';
import { checkSchedule, launchAtMs, scheduleWarnings, timingOf } from '../../../functions/src/core/schedule.ts';

const DAY_MS = 86_400_000;
const SEOUL = 'Asia/Seoul';
const NOW_MS = Date.parse('2026-11-21T12:00:00+09:00');

describe('schedule', () => {
  it('takes moments with an offset and times of day, and nothing else', () => {
    const refused = (schedule: object): string[] =>
      scheduleSchema.safeParse(schedule).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
    const offset = 'must be an ISO 8601 date and time with an offset or Z';
    assert.deepEqual(refused({ at: '2026-12-01T11:07:00+09:00', until: '2026-12-01T02:08:00Z' }), []);
    assert.deepEqual(refused({ at: '2026-12-01T00:00:00+09:00', localTime: '23:59:59' }), []);
    assert.deepEqual(refused({ at: '2026-12-01T11:07:00' }), [`at ${offset}`]);
    assert.deepEqual(refused({ until: '2026-02-30T11:07:00Z' }), [`until ${offset}`]);
    assert.deepEqual(refused({ at: 1_764_554_400_000 }), [`at ${offset}`]);
    for (const localTime of ['24:00', '9:00', '10:60', '10:30:60', '10:30Z', '']) {
      assert.deepEqual(refused({ at: '2026-12-01T00:00:00Z', localTime }), [
        'localTime must be a time of day such as 10:30 or 10:30:00',
      ]);
    }
    assert.deepEqual(refused({ localTime: '10:30' }), ['at is required beside localTime: it says the day']);
    // The same moment, and later on the clock of another offset.
    assert.deepEqual(refused({ at: '2026-12-01T11:00:00+09:00', until: '2026-12-01T11:00:00+09:00' }), [
      'until must be later than at',
    ]);
    assert.deepEqual(refused({ at: '2026-12-01T11:00:00Z', until: '2026-12-01T12:00:00+09:00' }), [
      'until must be later than at',
    ]);
    assert.equal(scheduleSchema.safeParse({ on: '2026-12-01' }).success, false);
  });

  it('is refused where it cannot be kept, field by field', () => {
    const wrong = (schedule: object): string[] =>
      checkSchedule(scheduleSchema.parse(schedule), SEOUL, NOW_MS).map(({ field, message }) => `${field} ${message}`);
    assert.deepEqual(wrong({}), []);
    assert.deepEqual(wrong({ at: '2026-11-21T11:59:00+09:00' }), [], 'a minute is a clock that is off');
    assert.deepEqual(wrong({ at: '2026-11-21T11:58:59+09:00' }), ['/schedule/at is in the past']);
    assert.deepEqual(wrong({ at: '2027-11-22T12:00:00+09:00' }), []);
    assert.deepEqual(wrong({ at: '2027-11-22T12:00:01+09:00' }), ['/schedule/at is more than a year ahead']);
    assert.deepEqual(wrong({ until: '2026-11-21T12:00:00+09:00' }), ['/schedule/until is in the past']);
    assert.deepEqual(wrong({ until: '2028-11-22T12:00:01+09:00' }), [
      '/schedule/until is more than a year after the start',
    ]);
    assert.deepEqual(wrong({ at: '2026-11-21T11:59:30+09:00', until: '2026-11-21T11:59:40+09:00' }), [
      '/schedule/until is in the past',
    ]);
    const today = '2026-11-21T00:00:00+09:00';
    assert.deepEqual(wrong({ at: today, localTime: '12:00' }), [], 'the time of day of `at` does not count');
    assert.deepEqual(wrong({ at: today, localTime: '11:58' }), ['/schedule/localTime is in the past']);
    assert.deepEqual(wrong({ at: today, localTime: '13:00', until: '2026-11-21T13:00:00+09:00' }), [
      '/schedule/until must be later than the start',
    ]);
  });

  it('takes the day of a local time from the calendar of the country', () => {
    // 16:00 UTC is the next day in Seoul; the first to see 10:30 of it are 14 hours ahead of UTC.
    const timing = timingOf({ at: '2026-11-30T16:00:00Z', localTime: '10:30' }, SEOUL);
    assert.equal(timing.localMs, Date.parse('2026-12-01T10:30:00Z'));
    assert.equal(timing.startsAtMs, Date.parse('2026-12-01T10:30:00+14:00'));
    assert.equal(timing.untilMs, Infinity);
  });
});

describe('the quarter of an hour', () => {
  it('is avoided by 2 minutes on both sides', () => {
    const peak = (time: string): boolean => atPeak(Date.parse(`2026-12-01T${time}Z`));
    assert.deepEqual(['10:57:59.999', '10:58:00', '11:00:00', '11:02:00', '11:02:00.001', '11:07:00'].map(peak), [
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
    assert.deepEqual(['11:13:00', '11:17:00', '11:28:30', '11:47:00'].map(peak), [true, true, true, true]);
  });

  it('has a good minute after it, at most 5 minutes away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (atMs) => {
        const good = nextGoodMinute(atMs);
        assert.ok(!atPeak(good) && good % 60_000 === 0 && good >= atMs && good - atMs < 6 * 60_000);
        for (let minute = good - 60_000; minute >= atMs; minute -= 60_000) assert.ok(atPeak(minute));
      }),
    );
  });

  it('is warned of, with a value for the same field', () => {
    const advice = (schedule: object): string[] =>
      scheduleWarnings(scheduleSchema.parse(schedule)).map(({ field, nextGoodMinute: next }) => `${field} ${next}`);
    assert.deepEqual(advice({}), []);
    assert.deepEqual(advice({ at: '2026-12-01T11:07:00+09:00' }), []);
    assert.deepEqual(advice({ at: '2026-12-01T11:00:00+09:00' }), ['/schedule/at 2026-12-01T02:03:00.000Z']);
    const day = '2026-12-01T00:00:00+09:00';
    assert.deepEqual(advice({ at: day, localTime: '10:05' }), [], 'the time of day of `at` does not count');
    assert.deepEqual(advice({ at: day, localTime: '10:30' }), ['/schedule/localTime 10:33']);
    assert.deepEqual(advice({ at: day, localTime: '23:59' }), ['/schedule/localTime 23:57']);
  });
});

describe('the way to a launch', () => {
  it('is made of hops that a task may be ahead, the same whenever it is asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 * DAY_MS }),
        fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 20, maxLength: 20 }),
        (aheadMs, delays) => {
          const dueMs = NOW_MS + aheadMs;
          let nowMs = NOW_MS;
          for (const delayMs of delays) {
            const atMs = launchAtMs(dueMs, nowMs);
            assert.ok(atMs <= dueMs && atMs - nowMs <= 29 * DAY_MS);
            assert.ok(atMs > nowMs || atMs === dueMs, 'it gets nearer');
            assert.equal(launchAtMs(dueMs, Math.floor((nowMs + atMs) / 2)), atMs);
            if (atMs === dueMs) return;
            nowMs = atMs + delayMs;
          }
          assert.fail('it never came there');
        },
      ),
    );
  });
});
