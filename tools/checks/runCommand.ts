import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a program that was told to end may take for it, before it is killed. */
const END_GRACE_MS = 10_000;
/** How long a program's output may stay open after it, held by something that it left behind. */
const OUTPUT_GRACE_MS = 2_000;

export interface RunCommandOptions {
  readonly cwd: string;
  /** `inherit`: the terminal is the program's; `collect`: its output is returned. */
  readonly output: 'inherit' | 'collect';
  /** Ends the program. */
  readonly signal: AbortSignal;
}

export interface Run {
  /** Null where the program was ended by a signal, ours or another. */
  readonly exitCode: number | null;
  /** Of both streams, as it came; empty where it was inherited. */
  readonly output: string;
}

/** Runs a program by this Node to its end. Settles even where the program ignores signals or leaves others behind. */
export async function runCommand(program: string, args: readonly string[], options: RunCommandOptions): Promise<Run> {
  if (options.signal.aborted) return { exitCode: null, output: '' };
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd,
    stdio: options.output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));

  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let killer: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), END_GRACE_MS);
  };
  options.signal.addEventListener('abort', end, { once: true });
  const exitCode = await exited;
  options.signal.removeEventListener('abort', end);
  clearTimeout(killer);
  await Promise.race([closed, delay(OUTPUT_GRACE_MS, undefined, { ref: false })]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { exitCode, output: Buffer.concat(chunks).toString('utf8') };
}
