// Ends what is left of one run when the process that owns it is gone, by whatever death: this process lives in a group
// of its own and holds the reading end of a pipe, which the system closes with its owner.

import { clearRun } from '../machine/cloudFolder.mjs';

const [folder, run] = process.argv.slice(2);
if (folder === undefined || run === undefined) throw new Error('Usage: node guard.ts <folder> <run>');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.stdin.resume();
process.stdin.once('close', () => {
  clearRun(folder, run).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
