import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/** Waits until `read` gives something. @throws Error after `limitMs` */
export async function eventually<T>(
  what: string,
  limitMs: number,
  read: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${limitMs} ms.`);
    await sleep(POLL_MS);
  }
}
