import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inspectCloud, MARK, ownerFile, scratchFolder } from '../../tools/machine/cloudFolder.mjs';
import { lockOwner } from '../../tools/machine/lock.mjs';
import { isPortFree } from '../../tools/machine/ports.mjs';
import { markedProcesses } from '../../tools/machine/processes.mjs';
import { startLocalCloud, type Endpoints } from '../../tools/local/localCloud.ts';
import { eventually } from './support/eventually.ts';
import { makeProject, type Project } from './support/project.ts';

const LIMIT_MS = 60_000;
const CLEAR_LIMIT_MS = 10_000;
const OWNER = join(import.meta.dirname, 'support', 'owner.ts');

describe('end of a local cloud', function () {
  this.timeout(LIMIT_MS);

  let project: Project;
  let folder: string;
  const owners: ChildProcess[] = [];

  before(() => {
    project = makeProject();
    folder = join(project.folder, '.local');
  });

  after(() => {
    for (const owner of owners) owner.kill('SIGKILL');
    project.remove();
  });

  /** Starts a program in a process group of its own that owns a local cloud; resolves when that is ready. */
  async function startOwner(): Promise<{ owner: ChildProcess; run: string; ports: number[] }> {
    const owner = spawn(process.execPath, [OWNER, project.folder], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    owners.push(owner);
    assert.ok(owner.stdout);
    const [ready] = (await once(owner.stdout, 'data')) as [Buffer];
    assert.equal(ready.toString(), 'ready\n');
    const endpoints = JSON.parse(readFileSync(join(folder, 'endpoints.json'), 'utf8')) as Endpoints;
    const { firestore, pubsub, tasks, tasksControl } = endpoints;
    const addresses = [firestore, pubsub, tasks, tasksControl, new URL(endpoints.api).host];
    const run = lockOwner(ownerFile(folder))?.['run'];
    assert.ok(typeof run === 'string');
    return { owner, run, ports: addresses.map((address) => Number(address.split(':')[1])) };
  }

  async function assertNothingLeft(run: string, ports: readonly number[]): Promise<void> {
    assert.deepEqual(markedProcesses(MARK, run), []);
    for (const port of ports) assert.equal(await isPortFree(port), true, `port ${port}`);
    for (const file of [join(folder, 'endpoints.json'), ownerFile(folder), scratchFolder(run)]) {
      assert.equal(existsSync(file), false, file);
    }
  }

  function kill(owner: ChildProcess, signal: NodeJS.Signals, group = false): void {
    assert.ok(owner.pid);
    process.kill(group ? -owner.pid : owner.pid, signal);
  }

  it('Ctrl-C, which reaches the whole group and may come twice, leaves nothing and is no failure', async () => {
    const { owner, run, ports } = await startOwner();
    assert.ok(markedProcesses(MARK, run).length >= 5);
    assert.ok(owner.stdout);
    const said = text(owner.stdout);
    kill(owner, 'SIGINT', true);
    kill(owner, 'SIGINT', true);
    assert.deepEqual(await once(owner, 'exit'), [0, null]);
    assert.equal(await said, 'stopped by SIGINT\n');
    await assertNothingLeft(run, ports);
  });

  it('SIGKILL of its owner leaves nothing; a second cloud in the folder is refused before, and starts after', async () => {
    const first = await startOwner();
    await assert.rejects(
      startLocalCloud({ functions: 'host', project: project.folder }),
      (error) =>
        error instanceof Error && error.name === 'CloudAlreadyRuns' && error.message.includes(String(first.owner.pid)),
    );
    kill(first.owner, 'SIGKILL');
    await eventually('the end of all processes', CLEAR_LIMIT_MS, () => !existsSync(ownerFile(folder)) || undefined);
    await assertNothingLeft(first.run, first.ports);

    const second = await startOwner();
    const guard = guardOf(second.run);
    process.kill(guard, 'SIGKILL');
    kill(second.owner, 'SIGKILL');
    await once(second.owner, 'exit');
    const left = inspectCloud(folder);
    // Those that watch their standard input end by themselves, sooner or later; the emulators do not.
    assert.ok(left.state === 'left-over' && left.pids.length >= 1, 'without a guard the emulators live on');

    const third = await startOwner();
    assert.deepEqual(markedProcesses(MARK, second.run), []);
    kill(third.owner, 'SIGTERM');
    assert.deepEqual(await once(third.owner, 'exit'), [0, null]);
    await assertNothingLeft(third.run, [...second.ports, ...third.ports]);
  });

  it('functions that cannot be loaded end the start with their own words, and leave nothing', async () => {
    const index = join(project.folder, 'functions', 'index.js');
    const good = readFileSync(index);
    writeFileSync(index, "throw new Error('cannot be loaded: no such table');\n");
    try {
      for (const functions of ['host', 'emulator'] as const) {
        const start = startLocalCloud({ functions, project: project.folder, fcm: '127.0.0.1:9' });
        await assert.rejects(start, /cannot be loaded: no such table/);
        assert.equal(inspectCloud(folder).state, 'none');
      }
    } finally {
      writeFileSync(index, good);
    }
  });

  it('a start that is given up leaves nothing', async () => {
    const given = new AbortController();
    const start = startLocalCloud({
      functions: 'host',
      project: project.folder,
      fcm: '127.0.0.1:9',
      signal: given.signal,
    });
    const run = await eventually('the first child', LIMIT_MS, () => {
      const owner = lockOwner(ownerFile(folder))?.['run'];
      return typeof owner === 'string' && markedProcesses(MARK, owner).length > 0 ? owner : undefined;
    });
    given.abort();
    await assert.rejects(start, { name: 'AbortError' });
    await assertNothingLeft(run, []);
  });
});

function guardOf(run: string): number {
  const guard = processesWith(run);
  assert.equal(guard.length, 1);
  return guard[0] ?? 0;
}

function processesWith(argument: string): number[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line.includes('guard.ts') && line.includes(argument))
    .map((line) => Number.parseInt(line, 10));
}
