import type { Clock, World } from '../ports.ts';
import { nameOf } from './failure.ts';

/** What has not answered by then counts as not reachable: whoever asks wants to know that, and not to wait. */
const ANSWER_MS = 5_000;

/** Each thing the pipeline depends on: `reachable`, or what is wrong with it. */
export async function readiness({ documents, clock }: World): Promise<Record<string, string>> {
  return { firestore: await reachable(clock, () => documents.get('health/ready')) };
}

async function reachable(clock: Clock, ask: () => Promise<unknown>): Promise<string> {
  const answered = new AbortController();
  try {
    return await Promise.race([
      ask().then(() => 'reachable'),
      clock.sleep(ANSWER_MS, answered.signal).then(() => `not reachable (no answer within ${ANSWER_MS / 1_000} s)`),
    ]);
  } catch (error) {
    return `not reachable (${nameOf(error)})`;
  } finally {
    answered.abort();
  }
}
