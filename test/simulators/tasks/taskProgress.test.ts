import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { AttemptResult } from '../../../simulators/tasks/core/attempt.ts';
import { backoffMs, DEFAULT_RETRY } from '../../../simulators/tasks/core/backoff.ts';
import {
  answered,
  dispatched,
  isFinal,
  scheduled,
  withdrawn,
  type TaskProgress,
} from '../../../simulators/tasks/core/taskProgress.ts';

const RETRY = { ...DEFAULT_RETRY, maxAttempts: 5 };

const result: fc.Arbitrary<AttemptResult> = fc.oneof(
  fc.record({
    kind: fc.constant('response' as const),
    status: fc.constantFrom(200, 204, 299, 300, 400, 404, 429, 500, 503),
    retryAfterMs: fc.oneof(fc.constant(undefined), fc.nat(100_000)),
  }),
  fc.constant({ kind: 'deadline' as const }),
  fc.constant({ kind: 'unreachable' as const, reason: 'connect ECONNREFUSED' }),
);

type Step = { kind: 'dispatch' } | { kind: 'answer'; result: AttemptResult } | { kind: 'delete' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'dispatch' as const }) },
  { weight: 4, arbitrary: result.map((result) => ({ kind: 'answer' as const, result })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'delete' as const }) },
);

/** One step where it is possible; a step that is not leaves the task as it is. */
function walk(progress: TaskProgress, next: Step, nowMs: number): TaskProgress {
  if (next.kind === 'delete') return withdrawn(progress, 'deleted');
  if (next.kind === 'dispatch') return isFinal(progress) ? progress : dispatched(progress, nowMs);
  if (progress.inFlight === 0) return progress;
  return answered(progress, next.result, { dispatchMs: nowMs, nowMs, retryFromMs: nowMs }, RETRY);
}

describe('tasks simulator: the life of a task', () => {
  it('never leaves a final state, never counts backwards, and is running exactly while an attempt is', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let progress = scheduled(0);
        let nowMs = 0;
        for (const next of steps) {
          nowMs += 10;
          const before = progress;
          progress = walk(before, next, nowMs);
          if (isFinal(before)) assert.equal(progress.state, before.state);
          assert.ok(progress.dispatchCount >= before.dispatchCount);
          assert.ok(progress.executionCount <= progress.responseCount);
          assert.ok(progress.responseCount <= progress.dispatchCount - progress.inFlight);
          assert.ok(progress.inFlight >= 0);
          if (!isFinal(progress)) assert.equal(progress.state === 'running', progress.inFlight > 0);
        }
      }),
    );
  });

  it('succeeds at the first 2xx and is exhausted at the last allowed failure', () => {
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 10 }), (results) => {
        let progress = scheduled(0);
        let attempts = 0;
        for (const next of results) {
          if (isFinal(progress)) break;
          attempts += 1;
          progress = walk(walk(progress, { kind: 'dispatch' }, 0), { kind: 'answer', result: next }, 0);
          const success = next.kind === 'response' && next.status < 300;
          const expected = success ? 'succeeded' : attempts === RETRY.maxAttempts ? 'exhausted' : 'scheduled';
          assert.equal(progress.state, expected);
        }
      }),
    );
  });

  it('waits for the backoff and for Retry-After, whichever is longer', () => {
    fc.assert(
      fc.property(result, fc.integer({ min: 1, max: 4 }), (last, failures) => {
        let progress = scheduled(0);
        const nowMs = 50_000;
        for (let count = 1; count < failures; count += 1) {
          progress = walk(walk(progress, { kind: 'dispatch' }, 0), { kind: 'answer', result: { kind: 'deadline' } }, 0);
        }
        progress = walk(walk(progress, { kind: 'dispatch' }, 0), { kind: 'answer', result: last }, nowMs);
        if (progress.state !== 'scheduled') return;
        const retryAfterMs = last.kind === 'response' ? (last.retryAfterMs ?? 0) : 0;
        assert.equal(progress.scheduleMs, nowMs + Math.max(backoffMs(failures, RETRY), retryAfterMs));
      }),
    );
  });

  it('leaves the decision to the last of several attempts under way, unless one succeeds', () => {
    const running = dispatched(dispatched(scheduled(0), 0), 0);
    const times = { dispatchMs: 0, nowMs: 5, retryFromMs: 5 };
    const afterOne = answered(running, { kind: 'deadline' }, times, RETRY);
    assert.equal(afterOne.state, 'running');
    assert.equal(answered(afterOne, { kind: 'deadline' }, times, RETRY).state, 'scheduled');
    const ok = { kind: 'response', status: 200, retryAfterMs: undefined } as const;
    assert.equal(answered(running, ok, times, RETRY).state, 'succeeded');
  });
});
