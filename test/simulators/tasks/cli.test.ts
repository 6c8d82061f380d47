import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseCommand, USAGE } from '../../../simulators/tasks/cli.ts';
import { startTasksSimulator } from '../../../simulators/tasks/simulator.ts';
import { clientOf, QUEUE } from './harness.ts';

const MAIN = fileURLToPath(new URL('../../../simulators/tasks/main.ts', import.meta.url));

describe('tasks simulator: command line', () => {
  const children: ChildProcessWithoutNullStreams[] = [];
  /** A worker that never answers. */
  let hanging: Server;
  beforeEach(() => {
    hanging = createServer();
  });
  afterEach(() => {
    hanging.close();
    hanging.closeAllConnections();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  function start(...args: string[]): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [MAIN, ...args]);
    children.push(child);
    return child;
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`serves until ${signal}, then ends with 0 and frees its ports, in the middle of a call`, async () => {
      const child = start();
      const { tasks, tasksControl } = await firstLine(child);
      const client = clientOf(Number(new URL(`http://${tasks}`).port));
      hanging.listen(0, '127.0.0.1');
      await once(hanging, 'listening');
      const called = once(hanging, 'request');
      const { port } = hanging.address() as AddressInfo;
      await client.createTask({ parent: QUEUE, task: { httpRequest: { url: `http://127.0.0.1:${port}/` } } });
      await called;
      assert.equal((await fetch(`http://${tasksControl}/health`)).status, 200);
      child.kill(signal);
      assert.deepEqual(await exitOf(child), { code: 0, signal: null });
      assert.equal(await isListening(tasks), false);
      assert.equal(await isListening(tasksControl), false);
      await client.close();
    });
  }

  it('stops when stdin closes, if told so', async () => {
    const child = start('--exit-with-parent');
    await firstLine(child);
    child.stdin.end();
    assert.deepEqual(await exitOf(child), { code: 0, signal: null });
  });

  it('does not start on a port that is taken', async () => {
    const other = await startTasksSimulator();
    try {
      for (const flag of ['--port', '--control-port']) {
        const child = start(flag, String(other.port));
        let complaint = '';
        child.stderr.on('data', (chunk) => (complaint += String(chunk)));
        assert.deepEqual(await exitOf(child), { code: 1, signal: null }, flag);
        assert.match(complaint, /Cannot start: .*EADDRINUSE|Cannot start: .*bind/);
      }
    } finally {
      await other.close();
    }
  });

  it('explains itself, and refuses what it does not know', async () => {
    const child = start('--help');
    let help = '';
    child.stdout.on('data', (chunk) => (help += String(chunk)));
    assert.deepEqual(await exitOf(child), { code: 0, signal: null });
    assert.equal(help, USAGE);
    for (const args of [['--colour'], ['--port', 'x'], ['--port', '70000'], ['stray']]) {
      assert.equal(parseCommand(args).kind, 'misuse', args.join(' '));
    }
  });

  it('reads every option', () => {
    const command = parseCommand(
      (
        '--port 1 --control-port 2 --no-auto-create-queues --no-system-throttling --dedup-window-ms 3 ' +
        '--manual-clock --start-ms 4 --fault-seed 5 --exit-with-parent'
      ).split(' '),
    );
    assert.deepEqual(command, {
      kind: 'run',
      exitWithParent: true,
      options: {
        host: '127.0.0.1',
        port: 1,
        controlPort: 2,
        autoCreateQueues: false,
        systemThrottling: false,
        dedupWindowMs: 3,
        clock: 'manual',
        startMs: 4,
        faultSeed: 5,
      },
    });
  });
});

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<{ tasks: string; tasksControl: string }> {
  let text = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return JSON.parse(text) as { tasks: string; tasksControl: string };
}

async function exitOf(child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; signal: string | null }> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return { code, signal };
}

function isListening(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`http://${address}`);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
