import assert from 'node:assert/strict';
import { cachedTokens, type FetchedToken } from '../../../../functions/src/google/fcm/accessToken.ts';

const MINUTE_MS = 60_000;

/** A clock and a token server under the test's hand. */
function stand() {
  const pending: { resolve: (fetched: FetchedToken) => void; reject: (error: Error) => void }[] = [];
  const state = { nowMs: 0, fetches: 0 };
  const tokens = cachedTokens(
    () => {
      state.fetches += 1;
      return new Promise((resolve, reject) => pending.push({ resolve, reject }));
    },
    () => state.nowMs,
  );
  /** Answers the oldest fetch, and waits until that has been taken in. */
  const answer = async (token: string, lifetimeMs = 60 * MINUTE_MS): Promise<void> => {
    pending.shift()?.resolve({ token, expiresAtMs: state.nowMs + lifetimeMs });
    await new Promise(setImmediate);
  };
  const fail = async (): Promise<void> => {
    pending.shift()?.reject(new Error('no metadata server'));
    await new Promise(setImmediate);
  };
  return { state, tokens, answer, fail };
}

describe('access tokens', () => {
  it('are fetched once for all that ask at the same time, and kept', async () => {
    const { state, tokens, answer } = stand();
    const asked = Promise.all([tokens(), tokens(), tokens()]);
    await answer('first');
    assert.deepEqual(await asked, ['first', 'first', 'first']);
    state.nowMs = 54 * MINUTE_MS;
    assert.equal(await tokens(), 'first');
    assert.equal(state.fetches, 1);
  });

  it('are fetched anew 5 minutes ahead, while the old one serves', async () => {
    const { state, tokens, answer } = stand();
    const asked = tokens();
    await answer('first');
    await asked;
    state.nowMs = 55 * MINUTE_MS;
    assert.deepEqual(await Promise.all([tokens(), tokens()]), ['first', 'first']);
    assert.equal(state.fetches, 2);
    await answer('second');
    assert.equal(await tokens(), 'second');
    assert.equal(state.fetches, 2);
  });

  it('are waited for once the old one has run out', async () => {
    const { state, tokens, answer } = stand();
    const asked = tokens();
    await answer('first', MINUTE_MS);
    await asked;
    state.nowMs = MINUTE_MS;
    const again = tokens();
    await answer('second');
    assert.equal(await again, 'second');
  });

  it('survive a failed fetch as long as they hold, and are tried again after a pause', async () => {
    const { state, tokens, answer, fail } = stand();
    const asked = tokens();
    await answer('first');
    await asked;
    state.nowMs = 56 * MINUTE_MS;
    assert.equal(await tokens(), 'first');
    await fail();
    assert.equal(await tokens(), 'first');
    assert.equal(state.fetches, 2, 'not with every batch');
    state.nowMs += 10_000;
    assert.equal(await tokens(), 'first');
    assert.equal(state.fetches, 3);
  });

  it('are refused to all that wait where there is none to be had, and asked for afresh by the next', async () => {
    const { tokens, answer, fail } = stand();
    const asked = Promise.allSettled([tokens(), tokens()]);
    await fail();
    assert.deepEqual(
      (await asked).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    const again = tokens();
    await answer('first');
    assert.equal(await again, 'first');
  });

  it('with a short life are not fetched again at every turn', async () => {
    const { state, tokens, answer } = stand();
    const asked = tokens();
    await answer('first', 2 * MINUTE_MS);
    await asked;
    await tokens();
    assert.equal(state.fetches, 1);
    state.nowMs = 10_000;
    await tokens();
    assert.equal(state.fetches, 2);
  });
});
