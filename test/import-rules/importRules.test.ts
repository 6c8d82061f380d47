import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { ALLOWED, PLANTED, type Statement } from './planted.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OXLINT = join(ROOT, 'node_modules/oxlint/bin/oxlint');
const ROOM_RULES = new Set([
  'eslint(no-restricted-imports)',
  'eslint(no-restricted-globals)',
  'eslint(no-restricted-properties)',
  'node(no-process-env)',
  'import(no-cycle)',
]);

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

describe('import rules', () => {
  let tree: string;

  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), 'import-rules-'));
    cpSync(join(ROOT, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  });
  afterEach(() => rmSync(tree, { recursive: true, force: true }));

  it('catch everything that is planted, each by its own rule', async () => {
    const lines = plant(tree, PLANTED);
    const found = new Set((await lint(tree)).map(placeOf));
    const missed = PLANTED.filter((violation) => !found.has(`${lines.get(violation)} ${violation.rule}`));
    assert.deepEqual(missed, []);
  });

  it('let through what the rooms are for', async () => {
    plant(tree, ALLOWED);
    assert.deepEqual((await lint(tree)).map(placeOf), []);
  });

  it('catch a cycle, of types too', async () => {
    const cycles: Record<string, string> = {
      'functions/src/stages/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
      'functions/src/stages/b.ts': "import { c } from './c.ts';\nexport const b = () => c;",
      'functions/src/stages/c.ts': "import { a } from './a.ts';\nexport const c = () => a;",
      'functions/src/core/a.ts': "import type { B } from './b.ts';\nexport interface A { b: B }",
      'functions/src/core/b.ts': "import type { A } from './a.ts';\nexport interface B { a: A }",
    };
    for (const [file, source] of Object.entries(cycles)) write(join(tree, file), source);
    const found = (await lint(tree)).filter((finding) => finding.code === 'import(no-cycle)');
    assert.deepEqual(new Set(found.map((finding) => finding.filename)), new Set(Object.keys(cycles)));
  });

  it('know every room there is', () => {
    const source = join(ROOT, 'functions/src');
    const rooms = readdirSync(source, { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? `functions/src/${entry.name}/` : `functions/src/${entry.name}`,
    );
    const without = rooms.filter((room) => !PLANTED.some((violation) => violation.file.startsWith(room)));
    assert.deepEqual(without, []);
  });

  it('hold in this repository', async () => {
    const folders = ['functions/src', 'client', 'simulators', 'tools', 'test'];
    assert.deepEqual((await lint(ROOT, folders)).map(placeOf), []);
  });
});

/** Writes each statement on a line of its own; gives the place of each. */
function plant<T extends Statement>(tree: string, statements: readonly T[]): Map<T, string> {
  const places = new Map<T, string>();
  for (const [file, group] of Map.groupBy(statements, (statement) => statement.file)) {
    write(join(tree, file), group.map((statement) => statement.source).join('\n'));
    for (const [index, statement] of group.entries()) places.set(statement, `${file}:${index + 1}`);
  }
  return places;
}

function write(file: string, source: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${source}\n`);
}

function placeOf({ filename, labels, code }: Finding): string {
  return `${filename}:${labels[0]?.span.line} ${code}`;
}

/** What the rules of the rooms say about a tree; other rules have their own step in the checks. */
async function lint(tree: string, folders: readonly string[] = ['.']): Promise<readonly Finding[]> {
  const child = spawn(process.execPath, [OXLINT, '--format', 'json', ...folders], {
    cwd: tree,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { diagnostics, number_of_files: files } = JSON.parse(await text(child.stdout)) as {
    readonly diagnostics: readonly Finding[];
    readonly number_of_files: number;
  };
  assert.ok(files > 0, 'oxlint looked at no file');
  const unreadable = diagnostics.filter((finding) => finding.code === undefined);
  assert.deepEqual(unreadable, [], 'a file does not parse');
  return diagnostics.filter((finding) => ROOM_RULES.has(finding.code));
}
