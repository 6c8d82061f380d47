/** How long a cut waits for the rest of its streams before the GOAWAY goes out with those it has. */
const CUT_WAIT_MS = 100;

/** Faults armed on one connection by the control API: a GOAWAY that cuts streams off, a close in mid-batch. */
export class Sabotage {
  #cutRemaining = 0;
  #cutTimer: NodeJS.Timeout | undefined;
  #messagesUntilClose = Infinity;

  /** Discards the next `streams` streams unread. */
  armCut(streams: number): void {
    this.#cutRemaining = streams;
  }

  get cutArmed(): boolean {
    return this.#cutRemaining > 0;
  }

  /** Counts one discarded stream and calls `announce` once all are there, or no more came for 100 ms. */
  countCut(announce: () => void): void {
    this.#cutRemaining -= 1;
    if (this.#cutRemaining === 0) {
      clearTimeout(this.#cutTimer);
      announce();
      return;
    }
    this.#cutTimer ??= setTimeout(() => {
      this.#cutRemaining = 0;
      announce();
    }, CUT_WAIT_MS);
  }

  /** Lets `messages` more messages through; the one after them finds the connection closed. */
  armClose(messages: number): void {
    this.#messagesUntilClose = messages;
  }

  /** True where the message that has just arrived is the one the connection must not survive. */
  closesNow(): boolean {
    if (this.#messagesUntilClose === Infinity) return false;
    this.#messagesUntilClose -= 1;
    return this.#messagesUntilClose < 0;
  }

  disarm(): void {
    clearTimeout(this.#cutTimer);
    this.#cutRemaining = 0;
    this.#messagesUntilClose = Infinity;
  }
}
