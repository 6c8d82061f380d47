import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { addressFlag, integerFlag, UsageError } from '../../tools/args.ts';
import { checkDisk, checkEmulator } from '../../tools/doctorChecks.mjs';
import { EmulatorNotThere } from '../../tools/machine/emulators.mjs';

const TOOLS = join(import.meta.dirname, '..', '..', 'tools');

function run(program: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(TOOLS, program), ...args], { encoding: 'utf8' });
}

describe('flags', () => {
  it('integers are whole, in bounds, and absent when not given', () => {
    assert.equal(integerFlag('n', undefined, 1, 5), undefined);
    assert.equal(integerFlag('n', '5', 1, 5), 5);
    for (const text of ['0', '6', '1.5', '-1', '', '1e1', 'x']) {
      assert.throws(() => integerFlag('n', text, 1, 5), UsageError, text);
    }
  });

  it('addresses have a host and a port', () => {
    for (const text of ['localhost:1', '10.0.0.1:65535', '[::1]:80']) assert.equal(addressFlag('fcm', text), text);
    for (const text of ['localhost', ':80', 'h:0', 'h:65536', 'http://h:80', 'h:80/x', '']) {
      assert.throws(() => addressFlag('fcm', text), UsageError, text);
    }
  });

  it('npm start names an argument that is wrong, shows its help, and starts nothing', () => {
    const cases: readonly [string[], RegExp][] = [
      [['--nonsense'], /--nonsense/],
      [['--functions', 'lambda'], /--functions takes emulator or host, not "lambda"/],
      [['--port-base', 'x'], /--port-base takes an integer/],
      [['--fcm', 'nowhere'], /--fcm takes host:port/],
      [['--name', '../up'], /name is 1 to 32/],
      [['stray'], /stray/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr, stdout } = run('start.ts', ...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, message);
      assert.match(stderr, /Usage: npm start/);
      assert.equal(stdout, '');
    }
  });

  it('--help prints the help and exits with 0', () => {
    for (const program of ['start.ts', 'doctor.mjs']) {
      const { status, stdout } = run(program, '--help');
      assert.equal(status, 0);
      assert.match(stdout, /^Usage: npm/);
    }
  });
});

describe('doctor', () => {
  it('gives one JSON object whose ok agrees with its exit code', () => {
    const { status, stdout } = run('doctor.mjs', '--json');
    const { ok, checks } = JSON.parse(stdout) as {
      ok: boolean;
      checks: { name: string; ok: boolean; remedy?: string }[];
    };
    assert.equal(status, ok ? 0 : 1);
    assert.equal(
      ok,
      checks.every((check) => check.ok),
    );
    assert.ok(checks.every((check) => check.ok || check.remedy !== undefined));
    assert.ok(
      ['disk', 'packages', 'firestore emulator', 'pubsub emulator', 'ports'].every((name) =>
        checks.some((check) => check.name === name),
      ),
    );
  });

  it('refuses unknown flags', () => {
    const { status, stderr } = run('doctor.mjs', '--fix');
    assert.equal(status, 2);
    assert.match(stderr, /--fix/);
  });

  it('wants room on the disk', () => {
    assert.equal(checkDisk(3 * 2 ** 30).ok, true);
    assert.deepEqual(checkDisk(2 ** 29), {
      name: 'disk',
      ok: false,
      found: '0.5 GiB free',
      remedy: 'free 2 GiB on this disk',
    });
  });

  it('says how to mend a variable that leads nowhere', () => {
    const check = checkEmulator('pubsub', () => {
      throw new EmulatorNotThere('PUBSUB_EMULATOR_BINARY_PATH', '/gone');
    });
    assert.equal(check.ok, false);
    assert.equal(check.remedy, 'unset PUBSUB_EMULATOR_BINARY_PATH');
  });
});
