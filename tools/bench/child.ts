import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { rssBytes } from '../machine/processes.mjs';
import { QUIET, type Environment } from '../local/environment.ts';

const SAMPLE_MS = 50;
const MIB = 1_048_576;

/** The measured process and the server each have a core of their own, where the machine can give them one. */
export type Core = 'load' | 'server';
const CORES = { load: '0', server: '1' } as const;

/** Whether processes are pinned: Linux's taskset, and two cores to pin to. */
export const PINNED = availableParallelism() >= 2 && has('taskset');

/** Keeps a process and its threads to these cores, where processes are pinned at all. One that is gone is left alone. */
export function pin(pid: number, cores: readonly Core[]): void {
  if (!PINNED) return;
  try {
    const list = cores.map((core) => CORES[core]).join(',');
    execFileSync('taskset', ['-a', '-c', '-p', list, String(pid)], { stdio: 'ignore' });
  } catch {
    // It has ended meanwhile.
  }
}

export function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Run<T> {
  readonly result: T;
  /** Resident memory, sampled every 50 ms. */
  readonly peakRssMib: number;
  readonly meanRssMib: number;
}

/** A process of a measurement. It must end when its stdin closes, so that it never outlives this one. */
export class BenchChild {
  readonly #process;
  readonly #lines: AsyncIterator<string>;
  readonly #exited: Promise<unknown>;

  constructor(core: Core, program: string, args: readonly string[], env: Environment = {}) {
    const command = PINNED ? ['taskset', '-c', CORES[core], program, ...args] : [program, ...args];
    const [file = program, ...rest] = command;
    this.#process = spawn(file, rest, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...QUIET, ...env },
    });
    this.#exited = once(this.#process, 'exit');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** The first line that it prints. @throws Error where it ends without one */
  async firstLine(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done !== true) return value;
    throw new Error(`a process of the measurement ended without a result: ${this.#process.spawnargs.join(' ')}`);
  }

  /** All that it prints, once it has ended. */
  async output(): Promise<string> {
    const lines: string[] = [];
    for (let next = await this.#lines.next(); next.done !== true; next = await this.#lines.next())
      lines.push(next.value);
    return lines.join('\n');
  }

  /** Waits for its first line, and watches its memory until then. */
  async watched<T>(): Promise<Run<T>> {
    const samples: number[] = [];
    const sample = (): void => {
      const { pid } = this.#process;
      if (pid !== undefined) samples.push(rssBytes(pid) ?? 0);
    };
    const timer = setInterval(sample, SAMPLE_MS);
    try {
      const result = JSON.parse(await this.firstLine()) as T;
      const sum = samples.reduce((total, bytes) => total + bytes, 0);
      const peakRssMib = Math.round(Math.max(0, ...samples) / MIB);
      return { result, peakRssMib, meanRssMib: Math.round(sum / Math.max(1, samples.length) / MIB) };
    } finally {
      clearInterval(timer);
    }
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }
}
