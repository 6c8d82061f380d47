import type { RangeSignal } from '../../functions/src/contract/signals.ts';
import type { DeadLetters, RangeTopic } from '../../functions/src/ports.ts';

/** The topic of the ranges up to its subscription. */
export class MemoryRanges implements RangeTopic {
  readonly #onSignal: (signal: RangeSignal) => void;

  /** @param onSignal told each signal, once; it sees to it that the signal reaches its stage */
  constructor(onSignal: (signal: RangeSignal) => void) {
    this.#onSignal = onSignal;
  }

  async release(signals: readonly RangeSignal[]): Promise<void> {
    await Promise.resolve();
    for (const signal of signals) this.#onSignal({ ...signal });
  }
}

export type Letter = Parameters<DeadLetters['put']>[0];

/** Keeps every dead letter to be read. */
export class MemoryDeadLetters implements DeadLetters {
  readonly all: Letter[] = [];

  async put(letter: Letter): Promise<void> {
    this.all.push(await Promise.resolve(letter));
  }
}
