import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Folders } from './folder.ts';

/** The process that ends a run's other processes when its owner dies. */
export interface Guard {
  /** Lets the guard clear up now; resolves when nothing of the run is left. */
  release(): Promise<void>;
}

/** Starts the guard of a run. It carries no mark, so it does not end itself. */
export function startGuard(folders: Folders): Guard {
  const log = openSync(join(folders.logs, 'guard.log'), 'a');
  const guard: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, 'guard.ts'), folders.cloud, folders.run],
    { detached: true, stdio: ['pipe', 'ignore', log] },
  );
  closeSync(log);
  const gone = once(guard, 'exit');
  guard.stdin?.on('error', () => undefined);
  return {
    async release() {
      guard.stdin?.end();
      await gone;
    },
  };
}
