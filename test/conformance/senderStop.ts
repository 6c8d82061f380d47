import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SendResult } from '../../functions/src/contract/push.ts';
import { pushTo, withStand, type TransportName } from './senderStand.ts';

const STREAMS = 10;
const TOKENS = Array.from({ length: 60 }, (_, index) => `hang-300:${index}`);

/** A campaign may be stopped while its batches wait for room on a connection. */
export function stopConformance(transport: TransportName): void {
  describe(`sender: ${transport}: stopped`, function () {
    this.timeout(10_000);

    it('posts nothing more, and gives what was posted its true result', async () => {
      await withStand(transport, { limits: { connections: 1, streams: STREAMS } }, async ({ sender, posts }) => {
        const stop = new AbortController();
        const results: SendResult[] = [];
        const sent = sender.send(TOKENS.map(pushTo), (index, result) => (results[index] = result), {
          stop: stop.signal,
        });
        await sleep(150);
        stop.abort();
        const postedBefore = posts().size;
        await sent;
        assert.equal(postedBefore, STREAMS);
        assert.equal(posts().size, postedBefore, 'nothing is posted once it is stopped');
        for (const [index, token] of TOKENS.entries()) {
          assert.equal(results[index]?.kind, posts().has(token) ? 'accepted' : 'notSent');
        }
      });
    });

    it('posts nothing from the time on that it was given, also when it stood still until then', async () => {
      await withStand(transport, { limits: { connections: 1, streams: STREAMS } }, async ({ sender, posts }) => {
        const results: SendResult[] = [];
        const untilMs = Date.now() + 600;
        const sent = sender.send(TOKENS.map(pushTo), (index, result) => (results[index] = result), { untilMs });
        await sleep(150);
        const postedBefore = posts().size;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, untilMs + 50 - Date.now());
        await sent;
        assert.ok(postedBefore < TOKENS.length);
        assert.equal(posts().size, postedBefore);
        assert.equal(results.filter(({ kind }) => kind === 'notSent').length, TOKENS.length - postedBefore);
      });
    });

    it('posts nothing at all where the time is over', async () => {
      await withStand(transport, {}, async ({ sender, posts }) => {
        const results: SendResult[] = [];
        await sender.send(TOKENS.map(pushTo), (index, result) => (results[index] = result), { untilMs: Date.now() });
        assert.deepEqual(new Set(results.map(({ kind }) => kind)), new Set(['notSent']));
        assert.equal(posts().size, 0);
      });
    });

    it('posts nothing at all where it was stopped before', async () => {
      await withStand(transport, {}, async ({ sender, posts }) => {
        const results: SendResult[] = [];
        await sender.send(TOKENS.map(pushTo), (index, result) => (results[index] = result), {
          stop: AbortSignal.abort(),
        });
        assert.deepEqual(new Set(results.map(({ kind }) => kind)), new Set(['notSent']));
        assert.equal(results.length, TOKENS.length);
        assert.equal(posts().size, 0);
      });
    });
  });
}
