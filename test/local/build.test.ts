import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, isBuilt } from '../../tools/build.mjs';

const NODE_MODULES = join(import.meta.dirname, '..', '..', 'node_modules');
const tsconfig = {
  compilerOptions: { rootDir: 'src', outDir: 'lib', module: 'nodenext', types: [] },
  include: ['src'],
};

describe('build of the functions', () => {
  let root: string;
  const source = (name: string) => join(root, 'functions', 'src', name);
  const built = (name: string) => join(root, 'functions', 'lib', name);
  const build = () => ensureBuilt(root, process.execPath, () => undefined);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'bongsu-build-'));
    mkdirSync(join(root, 'functions', 'src'), { recursive: true });
    symlinkSync(NODE_MODULES, join(root, 'node_modules'));
    for (const name of ['package-lock.json', 'tsconfig.base.json', 'functions/package-lock.json']) {
      writeFileSync(join(root, name), '{}');
    }
    writeFileSync(join(root, 'functions', 'tsconfig.json'), JSON.stringify(tsconfig));
    writeFileSync(source('index.ts'), 'export const one: number = 1;\n');
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('happens once for the same sources', async () => {
    assert.equal(isBuilt(root), false);
    await build();
    assert.match(readFileSync(built('index.js'), 'utf8'), /one = 1/);
    writeFileSync(built('mark'), '');
    await build();
    assert.ok(existsSync(built('mark')), 'a second build replaced the first');
  });

  it('follows changed, new and deleted sources', async () => {
    writeFileSync(source('old.ts'), 'export const old = 0;\n');
    await build();
    rmSync(source('old.ts'));
    writeFileSync(source('index.ts'), 'export const two: number = 2;\n');
    await build();
    assert.match(readFileSync(built('index.js'), 'utf8'), /two = 2/);
    assert.equal(existsSync(built('old.js')), false);
  });

  it('keeps the last good build, and says what is wrong, when the sources do not compile', async () => {
    await build();
    writeFileSync(source('index.ts'), "export const one: number = 'one';\n");
    await assert.rejects(build(), /index\.ts.*TS2322/);
    assert.match(readFileSync(built('index.js'), 'utf8'), /one = 1/);
    assert.deepEqual(
      readdirSync(join(root, 'functions')).filter((name) => name.startsWith('.local')),
      [],
    );
  });

  it('is done by one of two that start at once', async () => {
    const told: string[] = [];
    const progress = (text: string) => told.push(text);
    await Promise.all([ensureBuilt(root, process.execPath, progress), ensureBuilt(root, process.execPath, progress)]);
    assert.equal(told.filter((text) => text === 'building the functions').length, 1);
    assert.ok(isBuilt(root));
  });
});
