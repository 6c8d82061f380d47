import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** A wrong command line: the message says which argument is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Values<T extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ args: string[]; options: T }>>['values'];

/**
 * Parses a script's flags; positional arguments are refused. `--help` prints `help` and ends the process with 0, a
 * wrong flag prints what is wrong and `help` and ends it with 2.
 */
export function parseFlags<T extends ParseArgsOptionsConfig>(help: string, options: T): Values<T> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(help);
    process.exit(0);
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return failUsage(error, help);
  }
}

/** Ends the process with 2 after saying what is wrong with its arguments. */
export function failUsage(error: unknown, help: string): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  process.exit(2);
}

/**
 * A flag's value as an integer; undefined when the flag was not given.
 * @throws UsageError when it is no integer in `min`..`max`
 */
export function integerFlag(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${name} takes an integer from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

/**
 * A flag's value as `host:port`; undefined when the flag was not given.
 * @throws UsageError when it is something else
 */
export function addressFlag(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const port = Number(/^[A-Za-z0-9.-]+:(\d{1,5})$/.exec(text)?.[1] ?? /^\[[0-9a-fA-F:.]+\]:(\d{1,5})$/.exec(text)?.[1]);
  if (!(port >= 1 && port <= 65535)) throw new UsageError(`--${name} takes host:port, not "${text}".`);
  return text;
}
