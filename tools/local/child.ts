import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MARK } from '../machine/cloudFolder.mjs';
import { inheritedEnvironment, type Environment } from './environment.ts';
import type { Folders } from './folder.ts';
import { LocalCloudError } from './logs.ts';

export interface ChildSpec {
  /** Names the child in messages and its log file. */
  readonly name: string;
  readonly folders: Folders;
  /** Arguments of Node 24, the program first. */
  readonly args: readonly string[];
  readonly env?: Environment;
  readonly cwd?: string;
  /** Whether the child speaks to us over an IPC channel. */
  readonly ipc?: boolean;
  /** Whether the log goes on where an earlier child of the same name ended. */
  readonly appendLog?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process of a local cloud, its output in a log file of its own. */
export class Child {
  readonly name: string;
  readonly logFile: string;
  readonly process: ChildProcess;
  /** Resolves when the process is gone, however it went; never rejects. */
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;

  constructor(spec: ChildSpec) {
    this.name = spec.name;
    this.logFile = join(spec.folders.logs, `${spec.name}.log`);
    // A group of its own, so that a terminal's Ctrl-C reaches the owner alone, which stops the children in order. Stdin
    // is a pipe that closes when the owner dies.
    this.process = spawn(process.execPath, spec.args, {
      cwd: spec.cwd ?? spec.folders.cloud,
      env: { ...inheritedEnvironment(), ...spec.env, [MARK]: spec.folders.run },
      detached: true,
      stdio: spec.ipc === true ? ['pipe', 'pipe', 'pipe', 'ipc'] : ['pipe', 'pipe', 'pipe'],
    });
    const log = createWriteStream(this.logFile, { flags: spec.appendLog === true ? 'a' : 'w' });
    this.#record(log);
    this.exited = this.#watch(log);
  }

  /** Its process id; undefined once it is gone. */
  get pid(): number | undefined {
    return this.#exit === undefined ? this.process.pid : undefined;
  }

  /** How it ended; undefined while it lives. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  #record(log: WriteStream): void {
    this.process.stdout?.pipe(log, { end: false });
    this.process.stderr?.pipe(log, { end: false });
    // Writing to a child that has just died is no error of ours.
    this.process.stdin?.on('error', () => undefined);
  }

  #watch(log: WriteStream): Promise<Exit> {
    return new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.#exit ??= exit;
        log.end(() => resolve(this.#exit ?? exit));
      };
      this.process.once('error', (error) => {
        log.write(`${String(error)}\n`);
        if (this.process.pid === undefined) end({ code: null, signal: null });
      });
      this.process.once('exit', (code, signal) => {
        this.#exit = { code, signal };
      });
      this.process.once('close', (code, signal) => end({ code, signal }));
    });
  }

  /**
   * Waits until `read` makes something of a line of the child's stdout.
   * @throws LocalCloudError when the child ends before, or after `limitMs`
   */
  async ready<T>(read: (line: string) => T | undefined, limitMs: number, remedy?: string): Promise<T> {
    const output = this.process.stdout;
    if (output === null) throw new Error(`${this.name} has no stdout.`);
    const lines = createInterface({ input: output });
    const said = new Promise<T>((resolve) => {
      lines.on('line', (line) => {
        const value = read(line);
        if (value !== undefined) resolve(value);
      });
    });
    try {
      return await this.before(said, limitMs, remedy);
    } finally {
      lines.removeAllListeners('line');
      // readline pauses the stream when it closes, and the child would block on a full pipe.
      lines.close();
      output.resume();
    }
  }

  /**
   * What `promise` gives, unless the child ends first or `limitMs` pass.
   * @throws LocalCloudError
   */
  async before<T>(promise: Promise<T>, limitMs: number, remedy?: string): Promise<T> {
    const about = { logFile: this.logFile, ...(remedy === undefined ? {} : { remedy }) };
    const limit = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => limit.reject(new LocalCloudError(`${this.name} was not ready within ${limitMs / 1000} s.`, about)),
      limitMs,
    );
    const gone = this.exited.then((exit): never => {
      throw new LocalCloudError(`${this.name} ended before it was ready (${describeExit(exit)}).`, about);
    });
    try {
      return await Promise.race([promise, gone, limit.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks the child to end, and ends it after `graceMs`. Resolves when it is gone. */
  async stop(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    if (this.#exit === undefined) this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }
}

/** `exit code 1` or `SIGKILL`. */
export function describeExit({ code, signal }: Exit): string {
  return signal ?? (code === null ? 'could not be started' : `exit code ${code}`);
}
