/** Counts the requests under way, so that others can wait until there are none. */
export class Activity {
  #underWay = 0;
  #waiters: (() => void)[] = [];

  get underWay(): number {
    return this.#underWay;
  }

  enter(): void {
    this.#underWay += 1;
  }

  leave(): void {
    this.#underWay -= 1;
    if (this.#underWay > 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /**
   * Resolves once nothing is under way: true, or false when `budgetMs` of real time went by first.
   * Always lets pending I/O callbacks run once, so that what they start is seen.
   */
  async idle(budgetMs: number): Promise<boolean> {
    const untilMs = performance.now() + budgetMs;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#underWay === 0) return true;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return false;
      await this.#nextIdle(leftMs);
    }
  }

  #nextIdle(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
