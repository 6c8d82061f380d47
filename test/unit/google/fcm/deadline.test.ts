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
