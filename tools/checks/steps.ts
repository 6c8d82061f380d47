import { globSync } from 'node:fs';
import { join, sep } from 'node:path';

/** A program run by Node: the file, from the repository's root, and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** One thing that must pass. A step's commands run one after the other, until one fails. */
export interface Step {
  readonly name: string;
  /** `tests` counts single tests, `check` passes or fails as a whole. */
  readonly kind: 'check' | 'tests';
  /** Runs with no other step beside it: it starts servers, or its tests care for time. */
  readonly alone: boolean;
  readonly commands: readonly Command[];
}

const TYPESCRIPT = 'node_modules/typescript/bin/tsc';
const SOURCES = ['functions/src', 'client', 'simulators', 'tools', 'test'];

/** What is checked without running the product, the quickest to fail first. */
export const CHECKS: readonly Step[] = [
  {
    name: 'types',
    kind: 'check',
    alone: false,
    commands: [
      { program: TYPESCRIPT, args: ['-p', 'functions/tsconfig.json', '--noEmit'] },
      { program: TYPESCRIPT, args: ['-p', 'tsconfig.json'] },
    ],
  },
  check('lint', 'node_modules/oxlint/bin/oxlint', ['--type-aware', ...SOURCES]),
  check('format', 'node_modules/prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
  check('knip', 'node_modules/knip/bin/knip.js', ['--no-progress']),
];

/** Test folders in the order they run: what needs nothing first. A folder that is not named here runs last, alone. */
const SHARED_FOLDERS = ['unit', 'import-rules', 'checks', 'client', 'stages'];
const LATER_FOLDERS = ['conformance', 'simulators', 'tools', 'local', 'integration', 'chaos'];

/**
 * One step for each folder of `test/` that holds tests.
 * @throws Error where a test lies outside such a folder: no step would run it.
 */
export function testSteps(root: string): Step[] {
  const files = globSync('test/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] });
  const strays = files.filter((file) => file.split(sep).length < 3);
  if (strays.length > 0) throw new Error(`A test must lie in a folder of test/: ${strays.join(', ')}`);
  const folders = new Set(files.map((file) => file.split(sep)[1] ?? ''));
  return [...folders].toSorted(byOrder).map((folder) => ({
    name: folder,
    kind: 'tests',
    alone: !SHARED_FOLDERS.includes(folder),
    commands: [{ program: 'node_modules/mocha/bin/mocha.js', args: [`test/${folder}/**/*.test.ts`] }],
  }));
}

/** @throws RangeError for a name that no step has. */
export function selectSteps(steps: readonly Step[], only: readonly string[]): readonly Step[] {
  const names = steps.map((step) => step.name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`There is no step "${unknown}"; there are ${names.join(', ')}.`);
  return only.length === 0 ? steps : steps.filter((step) => only.includes(step.name));
}

/** The file that a step's reporter writes its counts to. */
export function countsFile(folder: string, step: Step): string {
  return join(folder, `${step.name}.json`);
}

function check(name: string, program: string, args: readonly string[]): Step {
  return { name, kind: 'check', alone: false, commands: [{ program, args }] };
}

function byOrder(a: string, b: string): number {
  return placeOf(a) - placeOf(b) || a.localeCompare(b);
}

function placeOf(folder: string): number {
  const place = [...SHARED_FOLDERS, ...LATER_FOLDERS].indexOf(folder);
  return place === -1 ? Number.MAX_SAFE_INTEGER : place;
}
