import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Audience, client, cloud, ended, eventually, fcm } from './support/cloud.ts';

/** How long FCM takes connections and reads nothing. The design speaks of 60 s; what matters is longer than any answer. */
const STALL_MS = 10_000;
/** What the design promises. */
const ANSWER_MS = 1_000;
const BETWEEN_MS = 100;

/** Leaves no processor idle: what is asked meanwhile has to share. */
class Burners {
  readonly #processes: readonly ChildProcess[] = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
  );

  [Symbol.dispose](): void {
    for (const one of this.#processes) one.kill('SIGKILL');
  }
}

const processes = (): unknown[] =>
  (cloud().host?.instances() ?? []).map(({ name, pid, starts }) => [name, pid, starts]);

describe('health under load', function () {
  this.timeout(240_000);

  it('is told within 1 s while FCM stands still and no processor is idle, and nothing is restarted', async () => {
    const audience = new Audience(6_000);
    await audience.load();
    const before = processes();
    await fcm('PUT', '/faults/stall', { kind: 'outage', mode: 'silent' });
    await client().createCampaign(audience.campaign());
    await eventually('claims that wait for FCM', 60_000, async () => {
      const view = await client().campaign(audience.campaign().id);
      return (view.reasons['claimed.sending'] ?? 0) > 0;
    });
    const tookMs: number[] = [];
    {
      using burners = new Burners();
      assert.ok(burners);
      for (const endMs = performance.now() + STALL_MS; performance.now() < endMs; await delay(BETWEEN_MS)) {
        const askedMs = performance.now();
        const answer = await fetch(`${cloud().endpoints.api}/v1/health`);
        tookMs.push(performance.now() - askedMs);
        assert.equal(answer.status, 200);
        assert.deepEqual(await answer.json(), { status: 'ok' });
      }
      assert.deepEqual(await client().ready(), { ready: true, dependencies: { firestore: 'reachable' } });
    }
    assert.ok(
      Math.max(...tookMs) < ANSWER_MS,
      `the slowest of ${tookMs.length} answers took ${Math.max(...tookMs)} ms`,
    );
    await fcm('DELETE', '/faults/stall');
    const view = await ended(audience.campaign().id);
    assert.deepEqual([view.state, view.outcomes.accepted], ['completed', 6_000]);
    assert.deepEqual(processes(), before, 'no process was restarted');
  });
});
