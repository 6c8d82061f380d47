import { parseArgs } from 'node:util';
import type { TasksSimulatorOptions } from './simulator.ts';

export const USAGE = `Usage: node simulators/tasks/main.ts [options]

A local Google Cloud Tasks (gRPC, HTTP tasks). When ready it prints one line of JSON:
  {"tasks":"127.0.0.1:PORT","tasksControl":"127.0.0.1:PORT"}

  --host ADDRESS               address to bind (127.0.0.1)
  --port N                     port of the gRPC service; 0 takes a free one (0)
  --control-port N             port of the control API; 0 takes a free one (0)
  --no-auto-create-queues      CreateTask in an unknown queue answers NOT_FOUND, as in production
  --no-system-throttling       429 and 503 do not slow the whole queue
  --dedup-window-ms N          how long a finished task's name stays blocked (3600000)
  --manual-clock               time stands still but for POST /advance
  --start-ms N                 where the clock starts, ms since the epoch (now)
  --fault-seed N               seed of what faults draw (1)
  --exit-with-parent           stop when stdin closes
  --help                       print this
`;

export type Command =
  | { readonly kind: 'run'; readonly options: TasksSimulatorOptions; readonly exitWithParent: boolean }
  | { readonly kind: 'help' }
  | { readonly kind: 'misuse'; readonly message: string };

/** Reads the command line, without the program's name. */
export function parseCommand(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '0' },
        'control-port': { type: 'string', default: '0' },
        'auto-create-queues': { type: 'boolean', default: true },
        'system-throttling': { type: 'boolean', default: true },
        'dedup-window-ms': { type: 'string', default: '3600000' },
        'manual-clock': { type: 'boolean', default: false },
        'start-ms': { type: 'string' },
        'fault-seed': { type: 'string', default: '1' },
        'exit-with-parent': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const startMs = values['start-ms'];
    const options: TasksSimulatorOptions = {
      host: values.host,
      port: whole(values.port, '--port', 65_535),
      controlPort: whole(values['control-port'], '--control-port', 65_535),
      autoCreateQueues: values['auto-create-queues'],
      systemThrottling: values['system-throttling'],
      dedupWindowMs: whole(values['dedup-window-ms'], '--dedup-window-ms', Number.MAX_SAFE_INTEGER),
      clock: values['manual-clock'] ? 'manual' : 'system',
      startMs: startMs === undefined ? undefined : whole(startMs, '--start-ms', 8.64e15),
      faultSeed: whole(values['fault-seed'], '--fault-seed', 2 ** 32 - 1),
    };
    return { kind: 'run', options, exitWithParent: values['exit-with-parent'] };
  } catch (error) {
    return { kind: 'misuse', message: (error as Error).message };
  }
}

function whole(text: string, flag: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new Error(`${flag} must be a whole number from 0 to ${most}, not "${text}"`);
}
