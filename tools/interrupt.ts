/** Why a script was told to end, and the exit code that says so: 128 + the signal's number. */
export interface Interruption {
  readonly reason: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'parent gone';
  readonly exitCode: number;
}

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Resolves when this process shall end: a signal came, or the process that started it over an IPC channel is gone.
 * Signals after the first are ignored: one Ctrl-C may arrive twice, from the terminal and through npm, and what it
 * starts must not be cut off half-way.
 */
export function interruption(): Promise<Interruption> {
  return new Promise((resolve) => {
    for (const reason of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(reason, () => resolve({ reason, exitCode: EXIT_CODES[reason] }));
    }
    process.once('disconnect', () => resolve({ reason: 'parent gone', exitCode: 1 }));
    process.channel?.unref();
  });
}
