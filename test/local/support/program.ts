// What the bootstrap is given to run: says how it was started, then ends as it is told.

import { execFileSync } from 'node:child_process';
import { interruption } from '../../../tools/interrupt.ts';

const [mode, ...rest] = process.argv.slice(2);
// Before the first word, after which a signal may come.
const interrupted = interruption();
const node: string = execFileSync('node', ['--version'], { encoding: 'utf8' }).trim();
process.stdout.write(`${JSON.stringify({ version: process.version, node, rest })}\n`);
if (mode === 'wait') {
  const pending = setInterval(() => undefined, 1000);
  const { reason, exitCode } = await interrupted;
  clearInterval(pending);
  process.stdout.write(`${reason}\n`);
  process.exitCode = exitCode;
} else {
  process.exitCode = Number(mode);
}
