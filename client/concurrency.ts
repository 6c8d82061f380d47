/**
 * Runs `work` on each value with at most `limit` at once, and takes no value from `source` before there is room.
 * At the first failure no further value is taken; it is thrown when what was in flight has ended, so nothing goes on
 * behind the caller's back.
 */
export async function forEachInFlight<T>(
  source: AsyncIterable<T>,
  limit: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const value of source) {
      const running = work(value).then(
        () => void inFlight.delete(running),
        (error: unknown) => {
          inFlight.delete(running);
          failures.push(error);
        },
      );
      inFlight.add(running);
      if (inFlight.size >= limit) await Promise.race(inFlight);
      if (failures.length > 0) break;
    }
  } finally {
    await Promise.all(inFlight);
  }
  if (failures.length > 0) throw failures[0];
}
