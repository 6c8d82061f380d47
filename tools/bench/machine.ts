import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

/** Documents, among them what an earlier measurement has published, change nothing that is measured. */
const DOCUMENTS = [':!docs', ':!README.md'];

const GIB = 2 ** 30;

/**
 * What the numbers were measured on and with, in one line each.
 * @param commit of the sources, as `commitOf` says
 */
export function machine(root: string, commit: string): Readonly<Record<string, string>> {
  return {
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? arch()}, ${Math.round(totalmem() / GIB)} GiB`,
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    'firebase-admin': version(root, 'firebase-admin'),
    commit,
    'load before': loadavg()[0]?.toFixed(1) ?? '',
    date: new Date().toISOString().slice(0, 10),
  };
}

function version(root: string, name: string): string {
  const file = join(root, 'functions', 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export function commitOf(root: string): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
    const isAsCommitted = git('status', '--porcelain', '--', '.', ...DOCUMENTS) === '';
    return `${git('rev-parse', '--short', 'HEAD')}${isAsCommitted ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}
