import { join } from 'node:path';
import { Child } from './child.ts';
import { QUIET } from './environment.ts';
import type { Folders } from './folder.ts';

const READY_LIMIT_MS = 30_000;

export interface SimulatorSpec {
  readonly root: string;
  readonly folders: Folders;
  readonly port: number;
  readonly controlPort: number;
}

function parseReport(line: string, names: readonly string[]): Record<string, string> | undefined {
  if (!line.startsWith('{')) return undefined;
  const report = JSON.parse(line) as Record<string, unknown>;
  return names.every((name) => typeof report[name] === 'string') ? (report as Record<string, string>) : undefined;
}

function startSimulator(name: 'fcm' | 'tasks', spec: SimulatorSpec, ...args: readonly string[]): Child {
  return new Child({
    name,
    folders: spec.folders,
    args: [
      join(spec.root, 'simulators', name, 'main.ts'),
      `--port=${spec.port}`,
      `--control-port=${spec.controlPort}`,
      '--exit-with-parent',
      ...args,
    ],
    env: QUIET,
  });
}

/** Starts the FCM simulator; `ready` when it serves the ports of `spec`. */
export function startFcm(spec: SimulatorSpec, keepContent: boolean): { child: Child; ready: Promise<unknown> } {
  const child = startSimulator('fcm', spec, `--keep=${keepContent ? 'content' : 'hashes'}`);
  return { child, ready: child.ready((line) => parseReport(line, ['fcm', 'fcmControl']), READY_LIMIT_MS) };
}

/** Starts the Cloud Tasks simulator; `ready` when it serves the ports of `spec`. */
export function startTasks(spec: SimulatorSpec): { child: Child; ready: Promise<unknown> } {
  const child = startSimulator('tasks', spec);
  return { child, ready: child.ready((line) => parseReport(line, ['tasks', 'tasksControl']), READY_LIMIT_MS) };
}
