import { WriteConflict } from '../ports.ts';

/** Writers of one document are a holder, a retry and a conductor: more rounds than this mean a bug, not a queue. */
const ROUNDS = 10;

/**
 * Reads, decides and commits, again from the start when somebody else wrote in between.
 * @throws WriteConflict when that goes on
 */
export async function untilSettled<T>(round: () => Promise<T>): Promise<T> {
  for (let left = ROUNDS; ; left -= 1) {
    try {
      return await round();
    } catch (error) {
      if (!(error instanceof WriteConflict) || left === 1) throw error;
    }
  }
}
