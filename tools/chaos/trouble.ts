import { setTimeout as delay } from 'node:timers/promises';
import type { Due } from './schedule.ts';
import type { Strike } from './strikes.ts';

/** Trouble that found nothing to trouble comes again so much later. */
const AGAIN_AFTER_MS = 1_000;
const LOOK_EVERY_MS = 50;

/**
 * Makes the planned trouble. What finds nothing to trouble is put off, until it has or until there is nothing to trouble
 * any more.
 * @param signal aborted when the run shall end
 * @returns when all that began is over
 * @throws what a strike threw
 */
export async function makeTrouble(
  plan: readonly Due[],
  strikes: ReadonlyMap<string, Strike>,
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const startedAtMs = performance.now();
  const lasting = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let waiting = [...plan];

  async function strike(kind: string): Promise<void> {
    try {
      const struck = await strikes.get(kind)?.();
      if (struck === false) waiting.push({ kind, atMs: performance.now() - startedAtMs + AGAIN_AFTER_MS });
    } catch (failure) {
      failures.push(failure);
    }
  }

  while ((waiting.length > 0 || lasting.size > 0) && failures.length === 0 && !isOver()) {
    const nowMs = performance.now() - startedAtMs;
    const due = waiting.filter(({ atMs }) => atMs <= nowMs);
    waiting = waiting.filter(({ atMs }) => atMs > nowMs);
    for (const { kind } of due) {
      const struck = strike(kind).finally(() => lasting.delete(struck));
      lasting.add(struck);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
  await Promise.all(lasting);
  if (failures.length > 0) throw failures[0];
}
