import { BenchChild } from '../child.ts';
import type { StagesRun } from './run.ts';

/** Runs one campaign on the virtual platform, in a process of its own. */
export async function stagesRun(members: number, kind: 'range' | 'upload', signal: AbortSignal): Promise<StagesRun> {
  const script = `${import.meta.dirname}/run.ts`;
  // What a deployment gives: without a project the parameters are not read, and nobody signs in here.
  const env = { FIREBASE_CONFIG: '{"projectId":"demo-bench"}', CALLERS: '{}' };
  const child = new BenchChild('load', process.execPath, ['--expose-gc', script, String(members), kind], env);
  const stop = (): void => void child.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return JSON.parse(await child.firstLine()) as StagesRun;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
