import { appendFileSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const SHOWN_LINES = 12;
const TELLING = /error|exception|fatal|fail|cannot|could not|refused|EADDRINUSE|not found|no such|unsupported|\bwarn/i;

/**
 * The lines of a log that say why its program failed: from the first telling line of the last ones on, or else simply
 * the last lines. Stack frames say little and are left out.
 */
export function tellingLines(log: string): string[] {
  const lines = stripVTControlCharacters(log)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^\s+at /.test(line));
  const last = lines.slice(-4 * SHOWN_LINES);
  const telling = last.filter((line) => TELLING.test(line));
  return (telling.length > 0 ? telling : lines).slice(-SHOWN_LINES);
}

/** `tellingLines` of a file; empty when it cannot be read. */
function tellingLinesOf(file: string): string[] {
  try {
    return tellingLines(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}

/** Something did not start or did not stay: what, why in its own words, and where to read on. */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';

  /** @param remedy what to do next, one sentence */
  constructor(problem: string, options: { logFile?: string; remedy?: string } = {}) {
    const { logFile, remedy } = options;
    const quoted = logFile === undefined ? [] : tellingLinesOf(logFile).map((line) => `  | ${line}`);
    const where = logFile === undefined ? [] : [`  the whole log: ${logFile}`];
    super([problem, ...quoted, ...where, ...(remedy === undefined ? [] : [`  ${remedy}`])].join('\n'));
  }
}

/** Notes errors of a part that is no process of its own, each with its time, in `file`. */
export function errorLog(file: string): (error: unknown) => void {
  return (error) => {
    appendFileSync(file, `${new Date().toISOString()} ${error instanceof Error ? error.message : String(error)}\n`);
  };
}
