import { parseCommand, USAGE, type Command } from './cli.ts';
import { startTasksSimulator, type TasksSimulator } from './simulator.ts';

const EXIT_MISUSE = 2;

const command = parseCommand(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'misuse':
    process.stderr.write(`${command.message}\n\n${USAGE}`);
    process.exitCode = EXIT_MISUSE;
    break;
  case 'run':
    await run(command);
}

async function run({ options, exitWithParent }: Extract<Command, { kind: 'run' }>): Promise<void> {
  let simulator: TasksSimulator;
  try {
    simulator = await startTasksSimulator(options);
  } catch (error) {
    process.stderr.write(`Cannot start: ${(error as Error).message}\n`);
    process.exitCode = 1;
    return;
  }
  stopOnSignals(simulator, exitWithParent);
  process.stdout.write(`${JSON.stringify({ tasks: simulator.address, tasksControl: simulator.controlAddress })}\n`);
}

function stopOnSignals(simulator: TasksSimulator, exitWithParent: boolean): void {
  const stop = () => {
    simulator.close().catch((error: unknown) => {
      process.stderr.write(`Cannot stop: ${String(error)}\n`);
      process.exit(1);
    });
    process.stdin.destroy();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (!exitWithParent) return;
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.resume();
}
