import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import type { TestCounts } from './results.ts';

const { Dot, Spec } = Mocha.reporters;

/**
 * Prints as mocha's own reporters do, and leaves the counts in the file named by the option `counts`.
 * The option `style` is `dot` or `spec`.
 */
export default class CountingReporter {
  readonly #reporter: Mocha.reporters.Base;

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    const { counts, style } = options.reporterOptions as { readonly counts: string; readonly style: 'dot' | 'spec' };
    this.#reporter = style === 'dot' ? new Dot(runner, options) : new Spec(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.#reporter.stats;
      writeFileSync(counts, JSON.stringify({ passes, failures } satisfies TestCounts));
    });
  }
}
