/** Answers that wait. One timer each, all of them given up at close. */
export class Delays {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Runs `task` after so many milliseconds, at once for 0. */
  run(delayMs: number, task: () => void): void {
    if (delayMs <= 0) {
      task();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, delayMs);
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
