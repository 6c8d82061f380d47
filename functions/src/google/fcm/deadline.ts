/** What FCM asks to be waited for before a request is given up: 10 s. */
export const LEAST_WAIT_MS = 10_000;

/**
 * How long one batch may take. Two times matter: until `startBy` a POST may begin, so that each has a fair chance of an
 * answer (10 s, or half of a shorter deadline); at the end whatever is still open is given up.
 */
export class Deadline {
  readonly #start: Alarm;
  readonly #end: Alarm;
  readonly #stop: AbortSignal | undefined;
  readonly #startNothing = (): void => this.#start.ring();

  /** @param stop makes it too late to begin at once when it is aborted */
  constructor(ms: number, stop?: AbortSignal) {
    this.#end = new Alarm(ms);
    this.#start = new Alarm(ms - Math.min(LEAST_WAIT_MS, ms / 2));
    this.#stop = stop;
    if (stop?.aborted === true) this.#start.ring();
    else stop?.addEventListener('abort', this.#startNothing, { once: true });
  }

  /** True once it is too late to begin another POST. */
  get tooLateToStart(): boolean {
    return this.#start.rung;
  }

  /** Calls `callback` when it has become too late to begin. @returns what takes that back */
  onTooLateToStart(callback: () => void): () => void {
    return this.#start.on(callback);
  }

  /** Calls `callback` at the end. @returns what takes that back */
  onEnd(callback: () => void): () => void {
    return this.#end.on(callback);
  }

  /** Stops the clock. Callbacks that were not called never will be. */
  cancel(): void {
    this.#stop?.removeEventListener('abort', this.#startNothing);
    this.#start.cancel();
    this.#end.cancel();
  }
}

/** One timer for many callbacks: 500 pushes of a batch share it. */
class Alarm {
  readonly #callbacks = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  rung = false;

  constructor(ms: number) {
    this.#timer = setTimeout(() => this.ring(), ms);
  }

  on(callback: () => void): () => void {
    if (this.rung) {
      callback();
      return () => {};
    }
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#callbacks.clear();
  }

  ring(): void {
    clearTimeout(this.#timer);
    this.rung = true;
    const callbacks = [...this.#callbacks];
    this.#callbacks.clear();
    for (const callback of callbacks) callback();
  }
}
