import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BOOTSTRAP = join(import.meta.dirname, '..', '..', 'tools', 'bootstrap.mjs');
const PROGRAM = fileURLToPath(new URL('./support/program.ts', import.meta.url));

type Bootstrap = ChildProcessByStdio<null, Readable, null>;

function start(...args: string[]): { bootstrap: Bootstrap; lines: AsyncIterator<string>; reader: Interface } {
  const bootstrap = spawn(process.execPath, [BOOTSTRAP, PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const reader = createInterface({ input: bootstrap.stdout });
  return { bootstrap, reader, lines: reader[Symbol.asyncIterator]() };
}

describe('bootstrap', function () {
  this.timeout(60_000);

  it('runs a program on Node 24, first on its PATH, with its arguments, its stdout and its exit code', async () => {
    const { bootstrap, lines } = start('7', '--json', 'a b');
    const exited = once(bootstrap, 'exit');
    const said = JSON.parse(String((await lines.next()).value)) as { version: string; node: string; rest: string[] };
    assert.match(said.version, /^v24\./);
    assert.equal(said.node, said.version);
    assert.deepEqual(said.rest, ['--json', 'a b']);
    assert.equal((await lines.next()).done, true);
    assert.deepEqual(await exited, [7, null]);
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`hands ${signal} on and waits for the program to end`, async () => {
      const { bootstrap, lines } = start('wait');
      const exited = once(bootstrap, 'exit');
      await lines.next();
      bootstrap.kill(signal);
      assert.equal((await lines.next()).value, signal);
      assert.deepEqual(await exited, [code, null]);
    });
  }

  it('lets the program know when it dies without being able to tell', async () => {
    const { bootstrap, lines } = start('wait');
    await lines.next();
    bootstrap.kill('SIGKILL');
    assert.equal((await lines.next()).value, 'parent gone');
    assert.equal((await lines.next()).done, true);
  });
});
