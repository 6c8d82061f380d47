import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isOwnerAlive, lockOwner, tryLock, unlock } from '../../tools/machine/lock.mjs';
import { startedAt } from '../../tools/machine/processes.mjs';

const LOCK_MODULE = join(import.meta.dirname, '..', '..', 'tools', 'machine', 'lock.mjs');
const run = promisify(execFile);

describe('lock file', () => {
  let folder: string;
  let lock: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bongsu-lock-'));
    lock = join(folder, 'lock');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('is held by one, who is written in it, until given back', () => {
    assert.equal(tryLock(lock, { run: 'r1' }), true);
    assert.equal(tryLock(lock), false);
    const owner = lockOwner(lock);
    assert.deepEqual(owner, { pid: process.pid, startedAt: startedAt(process.pid), run: 'r1' });
    assert.ok(owner && isOwnerAlive(owner));
    unlock(lock);
    assert.equal(existsSync(lock), false);
    assert.equal(tryLock(lock), true);
  });

  it('is taken over from a process that is gone, and from one whose id was given out again', () => {
    for (const dead of [
      { pid: 2 ** 22 + 1, startedAt: '1' },
      { pid: process.pid, startedAt: 'another time' },
    ]) {
      writeFileSync(lock, JSON.stringify(dead));
      assert.equal(tryLock(lock), true);
      assert.equal(lockOwner(lock)?.startedAt, startedAt(process.pid));
      unlock(lock);
    }
  });

  it('is taken over when it holds nonsense', () => {
    writeFileSync(lock, '{"pid":');
    assert.equal(tryLock(lock), true);
  });

  it('is not given back by a process that does not hold it', () => {
    writeFileSync(lock, JSON.stringify({ pid: process.ppid, startedAt: startedAt(process.ppid) }));
    unlock(lock);
    assert.ok(existsSync(lock));
    assert.equal(tryLock(lock), false);
  });

  it('goes to exactly one of many that find a dead owner at once, and leaves no draft behind', async () => {
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' }));
    // Each waits for the end of its stdin, so that nobody has died, and freed the lock, before all have tried.
    const program = `
      const { tryLock } = await import(${JSON.stringify(LOCK_MODULE)});
      process.stdout.write(String(tryLock(${JSON.stringify(lock)})));
      process.stdin.resume();`;
    const tries = Array.from({ length: 6 }, () => run(process.execPath, ['--input-type=module', '-e', program]));
    const said = tries.map(
      ({ child }) => new Promise<string>((resolve) => child.stdout?.once('data', (text: string) => resolve(text))),
    );
    const answers = await Promise.all(said);
    for (const { child } of tries) child.stdin?.end();
    await Promise.all(tries);
    assert.deepEqual(answers.sort(), ['false', 'false', 'false', 'false', 'false', 'true']);
    assert.deepEqual(readdirSync(folder), ['lock']);
  });
});
