import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInstalled } from '../../tools/install.mjs';

const a = { version: '1.0.0' };
const b = { version: '2.0.0' };
const otherPlatform = { version: '3.0.0', optional: true, os: ['darwin'] };

describe('whether packages are installed', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bongsu-install-'));
    mkdirSync(join(folder, 'node_modules'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function write(wanted: object, present: object | undefined): void {
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
    if (present === undefined) return;
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: present }));
  }

  it('is so when npm noted down what the lockfile asks for', () => {
    write({ 'node_modules/a': a, 'node_modules/b': b }, { 'node_modules/a': a, 'node_modules/b': b });
    assert.equal(isInstalled(folder), true);
  });

  it('does not ask for what is for other platforms or what nothing asks for', () => {
    const unasked = { version: '4.0.0', extraneous: true };
    const wanted = { 'node_modules/a': a, 'node_modules/x': otherPlatform, 'node_modules/y': unasked };
    write(wanted, { 'node_modules/a': a });
    assert.equal(isInstalled(folder), true);
  });

  it('is so with a package for this platform that the machine of the lockfile could not get', () => {
    write({ 'node_modules/a': a }, { 'node_modules/a': a, 'node_modules/x': otherPlatform });
    assert.equal(isInstalled(folder), true);
  });

  it('is not so after an install that was cut off, a changed version, a new or a dropped package', () => {
    const wanted = { 'node_modules/a': a, 'node_modules/b': b };
    const cases: readonly (object | undefined)[] = [
      undefined,
      { 'node_modules/a': a, 'node_modules/b': { version: '1.9.0' } },
      { 'node_modules/a': a },
      { ...wanted, 'node_modules/c': a },
    ];
    for (const present of cases) {
      write(wanted, present);
      assert.equal(isInstalled(folder), false, JSON.stringify(present));
      rmSync(join(folder, 'node_modules', '.package-lock.json'), { force: true });
    }
  });

  it('is an error without a lockfile', () => {
    assert.throws(() => isInstalled(folder), /no package-lock\.json/);
  });
});
