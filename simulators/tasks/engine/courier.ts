import type { AttemptResult } from '../core/attempt.ts';
import type { Activity } from './activity.ts';
import type { HttpSender, WorkerRequest } from './httpSender.ts';
import type { Timeline } from './timeline.ts';

/** Carries requests to workers under their dispatch deadline, on the simulator's clock. */
export class Courier {
  readonly #timeline: Timeline;
  readonly #sender: HttpSender;
  readonly #activity: Activity;
  readonly #underWay = new Set<AbortController>();

  constructor(timeline: Timeline, sender: HttpSender, activity: Activity) {
    this.#timeline = timeline;
    this.#sender = sender;
    this.#activity = activity;
  }

  /**
   * Sends the request and hands its result to `then`, in one turn with the end of the activity, so that whoever waits
   * for quiet finds what `then` has started.
   */
  deliver(request: WorkerRequest, deadlineMs: number, then: (result: AttemptResult) => void): void {
    const controller = new AbortController();
    const cancelDeadline = this.#timeline.at(this.#timeline.nowMs() + deadlineMs, () => controller.abort());
    this.#underWay.add(controller);
    this.#activity.enter();
    const ended = (result: AttemptResult) => {
      cancelDeadline();
      this.#underWay.delete(controller);
      then(result);
      this.#activity.leave();
    };
    void this.#send(request, controller.signal, ended);
  }

  async #send(request: WorkerRequest, signal: AbortSignal, ended: (result: AttemptResult) => void): Promise<void> {
    ended(await this.#sender.send(request, signal));
  }

  /** Cuts off every request under way, as their deadlines would. For queues that are closed and heed no result. */
  abortAll(): void {
    for (const controller of this.#underWay) controller.abort();
  }
}
