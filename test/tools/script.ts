import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const REPOSITORY = join(import.meta.dirname, '../..');

/** A script of this repository as a person starts it, built functions included. */
export class Script {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #name: string;
  readonly #closed: Promise<unknown[]>;

  /** @param name its path from the root */
  constructor(name: string, ...args: string[]) {
    this.#name = name;
    const bootstrap = [join(REPOSITORY, 'tools/bootstrap.mjs'), name, ...args];
    this.process = spawn(process.execPath, bootstrap, { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (chunk) => (this.stdout += String(chunk)));
    this.process.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
    this.#closed = once(this.process, 'close');
  }

  /** @returns its exit code */
  async ended(): Promise<unknown> {
    return (await this.#closed)[0];
  }

  /** Resolves when it has said this on stderr. */
  async says(text: string): Promise<void> {
    while (!this.stderr.includes(text)) {
      if (this.process.exitCode !== null)
        throw new Error(`${this.#name} ended without saying "${text}":\n${this.stderr}`);
      await delay(50);
    }
  }
}
