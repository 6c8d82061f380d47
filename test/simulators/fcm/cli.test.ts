import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../simulators/fcm/main.ts', import.meta.url));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: 'pipe' });
}

async function firstLine(child: ChildProcess): Promise<Record<string, string>> {
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return JSON.parse(line.toString()) as Record<string, string>;
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(...args);
  let out = '';
  let err = '';
  child.stdout?.on('data', (piece: Buffer) => (out += piece.toString()));
  child.stderr?.on('data', (piece: Buffer) => (err += piece.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

describe('command line', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`says where it listens and stops at ${signal}`, async () => {
      const child = start('--tls');
      const { fcm, fcmControl, fcmTls } = await firstLine(child);
      assert.ok([fcm, fcmControl, fcmTls].every((endpoint) => /^127\.0\.0\.1:\d+$/.test(endpoint ?? '')));
      assert.equal((await fetch(`http://${fcmControl}/health`)).status, 200);
      assert.match(await (await fetch(`http://${fcmControl}/certificate`)).text(), /BEGIN CERTIFICATE/);
      child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), [0, null]);
    });
  }

  it('stops when its standard input closes, with --exit-with-parent', async () => {
    const child = start('--exit-with-parent');
    const { fcmTls } = await firstLine(child);
    assert.equal(fcmTls, undefined);
    child.stdin?.end();
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('explains itself', async () => {
    const { code, out } = await run('--help');
    assert.equal(code, 0);
    assert.match(out, /--control-port PORT/);
  });

  for (const args of [
    ['--port', '99999'],
    ['--port', 'x'],
    ['--keep', 'all'],
    ['--tls-cert', 'a'],
    ['--write-cert', 'a'],
    ['--unknown'],
  ]) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, out, err } = await run(...args);
      assert.notEqual(code, 0);
      assert.equal(out, '');
      assert.match(err, new RegExp(args[0] ?? ''));
    });
  }
});
