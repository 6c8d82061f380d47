import { MinHeap } from '../core/minHeap.ts';

/**
 * `system`: time flows, and can be moved ahead besides. `manual`: time stands still but for `advance`, so that a test's
 * outcome does not depend on how fast the machine is.
 */
export type ClockMode = 'system' | 'manual';

interface Entry {
  readonly dueMs: number;
  readonly seq: number;
  run: (() => void) | undefined;
}

// setTimeout fires at once for anything longer.
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const COMPACT_ABOVE = 64;

/** The simulator's clock and its only timer: everything that is to happen later waits here, in order of time. */
export class Timeline {
  readonly #mode: ClockMode;
  readonly #entries = new MinHeap<Entry>((a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.seq < b.seq));
  #offsetMs = 0;
  /** Set while time does not flow: in manual mode always, in system mode during an advance. */
  #frozenMs: number | undefined;
  #latestMs = 0;
  #seq = 0;
  #cancelled = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #advances: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(mode: ClockMode, startMs: number = Date.now()) {
    this.#mode = mode;
    this.#offsetMs = startMs - Date.now();
    if (mode === 'manual') this.#frozenMs = startMs;
  }

  /** Milliseconds since the epoch on the simulator's clock; never goes back. */
  nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, this.#frozenMs ?? Date.now() + this.#offsetMs);
    return this.#latestMs;
  }

  /** Calls `run` once the clock has reached `dueMs`, never from within this call. Returns how to call it off. */
  at(dueMs: number, run: () => void): () => void {
    const entry: Entry = { dueMs, seq: this.#seq++, run };
    this.#entries.push(entry);
    this.#arm();
    return () => {
      if (entry.run === undefined) return;
      entry.run = undefined;
      this.#cancelled += 1;
      this.#compact();
    };
  }

  /**
   * Moves the clock ahead to `targetMs`, stopping at every moment at which something is due.
   *
   * @param settled awaited at each stop: lets what was started there come to its end before time goes on
   */
  advanceTo(targetMs: number, settled: () => Promise<void>): Promise<void> {
    const advance = this.#advances.then(() => this.#advance(targetMs, settled));
    this.#advances = advance.catch(() => undefined);
    return advance;
  }

  /** Nothing runs any more. */
  close(): void {
    this.#closed = true;
    this.#entries.clear();
    this.#disarm();
  }

  async #advance(targetMs: number, settled: () => Promise<void>): Promise<void> {
    this.#frozenMs = this.nowMs();
    try {
      while (!this.#closed) {
        this.#runDue();
        await settled();
        const nextMs = this.#nextDueMs();
        if (nextMs === undefined || nextMs > targetMs) break;
        this.#frozenMs = Math.max(this.#frozenMs, nextMs);
      }
      this.#frozenMs = Math.max(this.#frozenMs, targetMs);
    } finally {
      if (this.#mode === 'system') {
        this.#offsetMs = this.#frozenMs - Date.now();
        this.#frozenMs = undefined;
      }
      this.#arm();
    }
  }

  #runDue(): void {
    for (;;) {
      const dueMs = this.#nextDueMs();
      if (dueMs === undefined || dueMs > this.nowMs()) return;
      const entry = this.#entries.pop();
      const run = entry?.run;
      if (entry !== undefined) entry.run = undefined;
      run?.();
    }
  }

  #nextDueMs(): number | undefined {
    for (;;) {
      const head = this.#entries.peek();
      if (head === undefined || head.run !== undefined) return head?.dueMs;
      this.#entries.pop();
      this.#cancelled -= 1;
    }
  }

  #arm(): void {
    if (this.#closed || this.#immediate !== undefined) return;
    const dueMs = this.#nextDueMs();
    clearTimeout(this.#timer);
    if (dueMs === undefined) return;
    const waitMs = dueMs - this.nowMs();
    if (waitMs <= 0) {
      this.#immediate = setImmediate(() => {
        this.#immediate = undefined;
        this.#wake();
      });
    } else if (this.#frozenMs === undefined) {
      this.#timer = setTimeout(() => this.#wake(), Math.min(waitMs, LONGEST_TIMER_MS));
    }
  }

  #wake(): void {
    this.#runDue();
    this.#arm();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  // Deadlines are made for every attempt and called off at nearly every answer: without this they would pile up.
  #compact(): void {
    if (this.#cancelled < COMPACT_ABOVE || this.#cancelled * 2 < this.#entries.size) return;
    this.#entries.retain((entry) => entry.run !== undefined);
    this.#cancelled = 0;
  }
}
