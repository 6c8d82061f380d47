import type { WriteStream } from 'node:tty';

const BAR_CELLS = 24;
/** A log file or a CI console gets a line this often; a terminal redraws its one line with every look. */
const PLAIN_INTERVAL_MS = 5_000;
const CLEAR_LINE = '\r\u001b[K';

/** How far something is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What stands behind the bar. */
  readonly note: string;
}

/** Steps in plain words with how long each took, and one progress bar at a time. */
export class Screen {
  readonly #out: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>;
  readonly #now: () => number;
  #barShown = false;
  #plainAtMs = -Infinity;

  /** @param now milliseconds; only differences count. */
  constructor(out: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#now = now;
  }

  async step<T>(what: string, work: () => Promise<T>): Promise<T> {
    const startedAtMs = this.#now();
    this.#plainAtMs = startedAtMs;
    this.say(`> ${what}`);
    let how = 'failed after';
    try {
      const value = await work();
      how = 'done in';
      return value;
    } finally {
      this.say(`  ${how} ${duration(this.#now() - startedAtMs)}`);
    }
  }

  /** A line of its own, above the bar. */
  say(text: string): void {
    this.#out.write(`${this.#barShown ? CLEAR_LINE : ''}${text}\n`);
    this.#barShown = false;
  }

  progress(progress: Progress): void {
    if (this.#out.isTTY) {
      this.#barShown = true;
      // A line that wraps cannot be redrawn.
      this.#out.write(`${CLEAR_LINE}${barOf(progress).slice(0, this.#out.columns - 1)}`);
    } else if (this.#now() - this.#plainAtMs >= PLAIN_INTERVAL_MS) {
      this.#plainAtMs = this.#now();
      this.say(lineOf(progress));
    }
  }
}

function barOf(progress: Progress): string {
  const full = Math.floor(shareOf(progress) * BAR_CELLS);
  return `  [${'#'.repeat(full)}${'-'.repeat(BAR_CELLS - full)}] ${lineOf(progress).trimStart()}`;
}

function lineOf(progress: Progress): string {
  const percent = `${Math.floor(shareOf(progress) * 100)}%`.padStart(4);
  return `  ${percent} ${count(progress.done)} of ${count(progress.total)}  ${progress.note}`;
}

function shareOf({ done, total }: Progress): number {
  return total === 0 ? 1 : Math.min(1, done / total);
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `0.8 s`, `12 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
