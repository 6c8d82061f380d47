import type { Screen } from './demo/screen.ts';
import { interruption, type Interruption } from './interrupt.ts';
import { CloudAlreadyRuns } from './local/folder.ts';
import { startLocalCloud, type LocalCloud, type LocalCloudOptions } from './local/localCloud.ts';

/** More would only wait for each other's processors. */
const CLOUDS_AT_ONCE = 8;

/** Somebody ended the run; no failure of it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor({ reason, exitCode }: Interruption) {
    super(`ended by ${reason}`);
    this.exitCode = exitCode;
  }
}

export interface CloudRun {
  readonly cloud: LocalCloud;
  /** Aborted when somebody ends the run, or a part of the cloud ends by itself; the reason says which. */
  readonly signal: AbortSignal;
}

/**
 * Does some work on a local cloud of its own and stops everything afterwards, however the work ended. It runs beside an
 * `npm start` or another such run: it takes the first folder that is free.
 * @param name of the folders after the first: `.local-<name>-1`, …
 * @throws Interrupted, what ended a part of the cloud, or what the work threw
 */
export async function runInCloud<T>(
  name: string,
  options: LocalCloudOptions,
  screen: Screen,
  work: (run: CloudRun) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const { signal } = end;
  void interruption().then((why) => end.abort(new Interrupted(why)));
  /** What is cut off in the middle may fail in words of its own; why it was cut off says more. */
  const unlessEnded = async <R>(part: Promise<R>): Promise<R> => {
    try {
      return await part;
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  };
  const starting = { ...options, signal, progress: (text: string) => screen.say(`  ${text}`) };
  const cloud = await screen.step('Starting the local cloud', () => unlessEnded(startFirstFree(name, starting)));
  cloud.failed.catch((error: unknown) => end.abort(error));
  try {
    return await unlessEnded(work({ cloud, signal }));
  } finally {
    await screen.step('Stopping everything', () => cloud.stop());
  }
}

/** Runs a script's main function: says what ended it and leaves the exit code that tells. */
export async function exitWith(screen: Screen, main: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await main()) ? 0 : 1;
  } catch (error) {
    screen.say(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
  }
}

async function startFirstFree(name: string, options: LocalCloudOptions): Promise<LocalCloud> {
  for (let nth = 0; ; nth += 1) {
    try {
      return await startLocalCloud(nth === 0 ? options : { ...options, name: `${name}-${nth}` });
    } catch (error) {
      if (!(error instanceof CloudAlreadyRuns) || nth === CLOUDS_AT_ONCE) throw error;
    }
  }
}
