import type { CampaignView } from '../../client/index.ts';
import { duration } from './screen.ts';

/** Longer than any pause that a healthy run makes: the longest backoff that FCM asks for is 60 s. */
const STALL_MS = 300_000;

/** Notices a campaign that no longer moves, so that a run in CI ends with a reason and not with a time-out. */
export class Stall {
  #done = -1;
  #sinceMs = 0;

  /** @throws Error when no message has got an outcome for five minutes. */
  check(done: number, campaign: CampaignView, nowMs: number): void {
    if (done !== this.#done) {
      this.#done = done;
      this.#sinceMs = nowMs;
    } else if (nowMs - this.#sinceMs >= STALL_MS) {
      const { state, planned, problems } = campaign;
      throw new Error(
        `nothing has happened for ${duration(STALL_MS)}: ${state}, ${done} of ${planned} messages have an outcome` +
          problems.map((problem) => `; ${problem}`).join(''),
      );
    }
  }
}
