import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FIXTURE = join(import.meta.dirname, '..', 'fixture');
const NODE_MODULES = join(import.meta.dirname, '..', '..', '..', 'functions', 'node_modules');

/** One invocation of a fixture function, as it wrote it down. */
export interface Invocation {
  readonly name: string;
  readonly pid: number;
  readonly id?: string;
  readonly messageId?: string;
  readonly json?: unknown;
  readonly data?: unknown;
  readonly jobName?: string;
}

/** A project of its own for a test: the fixture functions, and room for local clouds. */
export interface Project {
  readonly folder: string;
  invocations(name: string): Invocation[];
  remove(): void;
}

function readInvocations(file: string): Invocation[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Invocation);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function makeProject(): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bongsu-test-')));
  cpSync(FIXTURE, folder, { recursive: true });
  symlinkSync(NODE_MODULES, join(folder, 'functions', 'node_modules'));
  return {
    folder,
    invocations: (name) => readInvocations(join(folder, 'record.ndjson')).filter((call) => call.name === name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
