import type { SendWindow } from '../../ports.ts';

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
  readonly #untilMs: number;
  readonly #startNothing = (): void => this.#start.ring();

  /** @param window when it closes it is too late to begin */
  constructor(ms: number, { stop, untilMs = Infinity }: SendWindow = {}) {
    this.#end = new Alarm(ms);
    // A timer may ring up to a millisecond before the clock shows its time.
    this.#start = new Alarm(Math.min(ms - Math.min(LEAST_WAIT_MS, ms / 2), untilMs - Date.now() + 1));
    this.#stop = stop;
    this.#untilMs = untilMs;
    if (stop?.aborted === true) this.#start.ring();
    else stop?.addEventListener('abort', this.#startNothing, { once: true });
  }

  /** True once it is too late to begin another POST. The timers of a process that stood still are late, its clock is not. */
  get tooLateToStart(): boolean {
    return this.#start.rung || Date.now() >= this.#untilMs;
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
