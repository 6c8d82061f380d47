import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

interface Manifest {
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

const root = read('package.json') as Manifest;
const functions = read('functions/package.json') as Manifest;
const everyVersion = (manifest: Manifest) => ({
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
});

describe('versions of packages', () => {
  it('are exact', () => {
    for (const [name, version] of [...Object.entries(everyVersion(root)), ...Object.entries(everyVersion(functions))]) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
    }
  });

  it('are the same where both packages have one', () => {
    const here = everyVersion(root);
    const shared = Object.entries(everyVersion(functions)).filter(([name]) => Object.hasOwn(here, name));
    assert.ok(shared.length > 0);
    for (const [name, version] of shared) assert.equal(version, here[name], name);
  });

  it('are what the lockfiles install', () => {
    for (const [manifest, file] of [
      [root, 'package-lock.json'],
      [functions, 'functions/package-lock.json'],
    ] as const) {
      const lock = read(file) as Lock;
      for (const [name, version] of Object.entries(everyVersion(manifest))) {
        assert.equal(lock.packages[`node_modules/${name}`]?.version, version, `${name} in ${file}`);
      }
    }
  });

  it('of Node are one: what runs here is what is deployed', () => {
    const major = functions.engines['node'];
    const pinned = Object.entries(root.optionalDependencies ?? {}).filter(([name]) => name.startsWith('node-'));
    assert.ok(pinned.length > 0);
    for (const [name, version] of pinned) assert.equal(version.split('.')[0], major, name);
    assert.equal(readFileSync(resolve(ROOT, '.nvmrc'), 'utf8').trim(), major);
  });

  it('are each given a reason in the documentation', () => {
    const text = readFileSync(resolve(ROOT, 'docs/dependencies.md'), 'utf8');
    const explained = new Set([...text.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1]));
    const names = new Set([...Object.keys(everyVersion(root)), ...Object.keys(everyVersion(functions))]);
    assert.deepEqual(explained, names);
  });
});

function read(file: string): unknown {
  return JSON.parse(readFileSync(resolve(ROOT, file), 'utf8'));
}
