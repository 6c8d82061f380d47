import type { Clock, Looks } from '../ports.ts';

/** A look that some wait for, and what it finds once one of them has begun it. */
interface Round {
  readonly dueMs: number;
  waiting: number;
  found: Promise<unknown> | null;
}

/**
 * The looks of one instance's invocations, each `everyMs` after the one before. Whoever begins to watch between two of them
 * joins the next, so nobody's last look is older than that, however many share it.
 */
export class SharedLooks implements Looks {
  readonly #clock: Clock;
  readonly #everyMs: number;
  /** To come; a round leaves when it begins, or when nobody waits for it any longer. */
  readonly #rounds = new Map<string, Round>();

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  async next<T>(subject: string, read: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
    const round = this.#join(subject);
    await this.#clock.sleep(Math.max(0, round.dueMs - this.#clock.now()), signal);
    round.waiting -= 1;
    if (signal.aborted) {
      if (round.waiting === 0) this.#leave(subject, round);
      return null;
    }
    this.#leave(subject, round);
    round.found ??= read();
    return round.found as Promise<T>;
  }

  #join(subject: string): Round {
    const round = this.#rounds.get(subject) ?? {
      dueMs: this.#clock.now() + this.#everyMs,
      waiting: 0,
      found: null,
    };
    round.waiting += 1;
    this.#rounds.set(subject, round);
    return round;
  }

  #leave(subject: string, round: Round): void {
    if (this.#rounds.get(subject) === round) this.#rounds.delete(subject);
  }
}
