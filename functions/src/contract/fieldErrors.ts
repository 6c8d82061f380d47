import { ProblemError, type FieldError } from './problem.ts';

/** Field errors in one answer; the detail tells how many there are in all. */
export const FIELD_ERRORS_MAX = 20;

/** Counts every error and keeps the first few, so that 10,000 bad lines take no more memory than good ones. */
export class FieldErrors {
  readonly #kept: FieldError[] = [];
  #total = 0;

  get any(): boolean {
    return this.#total > 0;
  }

  /** @param line of an NDJSON body, from 1; absent where the errors are about the whole body */
  add(errors: readonly FieldError[], line?: number): void {
    this.#total += errors.length;
    for (const error of errors.slice(0, FIELD_ERRORS_MAX - this.#kept.length)) {
      this.#kept.push(line === undefined ? error : { ...error, line });
    }
  }

  /** @param what is refused, as the subject of a sentence: `The request`, `Part 3` */
  refusal(what: string, code: 'invalid' | 'bad_request' = 'invalid'): ProblemError {
    const count = this.#total === 1 ? '1 error' : `${this.#total} errors`;
    const detail = this.#total > this.#kept.length ? `${count}; the first ${this.#kept.length} are listed` : count;
    return new ProblemError(code, `${what} has ${detail}.`, this.#kept);
  }
}
