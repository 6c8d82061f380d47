import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './install.mjs';

const STAMP = '.source-hash';

function sourceFiles(root) {
  const sources = join(root, 'functions', 'src');
  return readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .concat(
      ['functions/tsconfig.json', 'functions/package-lock.json', 'tsconfig.base.json', 'package-lock.json'].map(
        (name) => join(root, name),
      ),
    )
    .sort();
}

/** A hash of everything that decides what the build gives: sources, compiler settings, versions of packages. */
export function sourceHash(root) {
  const hash = createHash('sha256');
  for (const file of sourceFiles(root)) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Whether functions/lib is what the sources give. */
export function isBuilt(root) {
  try {
    return readFileSync(join(root, 'functions', 'lib', STAMP), 'utf8') === sourceHash(root);
  } catch {
    return false;
  }
}

/**
 * Builds functions/lib when the sources are not those it was built from. The compiler writes beside it and the folders
 * change places at the end: a running local cloud never sees half a build, and a deleted source leaves nothing behind.
 * @throws Error with the compiler's messages
 */
export async function ensureBuilt(root, node, progress) {
  if (isBuilt(root)) return;
  await withLock(
    root,
    'build',
    () => progress('waiting for another script that builds the functions'),
    () => {
      if (!isBuilt(root)) build(root, node, progress);
    },
  );
}

function build(root, node, progress) {
  progress('building the functions');
  const functions = join(root, 'functions');
  const next = join(functions, '.local-build');
  const lib = join(functions, 'lib');
  const old = join(functions, '.local-old');
  for (const folder of [next, old]) rmSync(folder, { recursive: true, force: true });
  const hash = sourceHash(root);
  const tsc = spawnSync(
    node,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(functions, 'tsconfig.json'), '--outDir', next],
    { cwd: functions, encoding: 'utf8' },
  );
  if (tsc.status !== 0) {
    rmSync(next, { recursive: true, force: true });
    throw new Error(`The functions do not compile:\n${`${tsc.stdout}${tsc.stderr}`.trim() || tsc.error}`);
  }
  writeFileSync(join(next, STAMP), hash);
  if (existsSync(lib)) renameSync(lib, old);
  renameSync(next, lib);
  rmSync(old, { recursive: true, force: true });
}
