import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { Deadline } from '../../../../functions/src/google/fcm/deadline.ts';

describe('a deadline', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('leaves 10 s for the answer to the last POST', () => {
    const deadline = new Deadline(30_000);
    mock.timers.tick(19_999);
    assert.equal(deadline.tooLateToStart, false);
    mock.timers.tick(1);
    assert.equal(deadline.tooLateToStart, true);
  });

  it('leaves half of the time where it is short', () => {
    const deadline = new Deadline(10_000);
    mock.timers.tick(4_999);
    assert.equal(deadline.tooLateToStart, false);
    mock.timers.tick(1);
    assert.equal(deadline.tooLateToStart, true);
  });

  it('is over for whoever asks once the time is, also where no timer has rung', () => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
    const deadline = new Deadline(30_000, { untilMs: 1_005_000 });
    mock.timers.tick(4_999);
    assert.equal(deadline.tooLateToStart, false);
    mock.timers.setTime(1_005_000);
    assert.equal(deadline.tooLateToStart, true);
    deadline.cancel();
    const late = new Deadline(30_000, { untilMs: 1_000_000 });
    assert.equal(late.tooLateToStart, true);
    late.cancel();
  });

  it('tells those who wait when the time is over', () => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
    const deadline = new Deadline(30_000, { untilMs: 1_005_000 });
    let told = 0;
    deadline.onTooLateToStart(() => (told += 1));
    mock.timers.tick(5_001);
    assert.equal(told, 1);
    deadline.cancel();
  });

  it('calls everyone who waits, once, and those who come late at once', () => {
    const deadline = new Deadline(1_000);
    const calls: string[] = [];
    deadline.onEnd(() => calls.push('a'));
    const forget = deadline.onEnd(() => calls.push('b'));
    deadline.onEnd(() => calls.push('c'));
    forget();
    mock.timers.tick(999);
    assert.equal(calls.length, 0);
    mock.timers.tick(1);
    assert.deepEqual(calls, ['a', 'c']);
    deadline.onEnd(() => calls.push('late'));
    mock.timers.tick(10_000);
    assert.deepEqual(calls, ['a', 'c', 'late']);
  });

  it('calls nobody once it is cancelled', () => {
    const deadline = new Deadline(1_000);
    deadline.onEnd(() => assert.fail('called'));
    deadline.onTooLateToStart(() => assert.fail('called'));
    deadline.cancel();
    mock.timers.tick(10_000);
  });
});
