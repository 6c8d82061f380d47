/** One line of code; a file may get any number of them, in any order. */
export interface Statement {
  readonly file: string;
  readonly source: string;
}

/** A statement with the rule that must catch it. */
export interface Violation extends Statement {
  readonly rule: string;
}

const IMPORTS = 'eslint(no-restricted-imports)';

function imports(file: string, ...specifiers: readonly string[]): Violation[] {
  return specifiers.map((specifier) => ({ file, source: `import '${specifier}';`, rule: IMPORTS }));
}

function inPureRoom(source: string, rule: string): Violation[] {
  return ['functions/src/core/a.ts', 'functions/src/contract/a.ts'].map((file) => ({ file, source, rule }));
}

/** What each room must not do. Every room has its lines here; a new one without any fails the test. */
export const PLANTED: readonly Violation[] = [
  ...imports('functions/src/contract/a.ts', '../core/b.ts', '../ports.ts', 'node:crypto', 'jose', 'zod/v3'),
  ...imports('functions/src/core/a.ts', '../ports.ts', '../stages/b.ts', '../store/b.ts', '../google/b.ts'),
  ...imports('functions/src/core/a.ts', 'zod', 'node:fs', 'node:timers', 'node:timers/promises', 'node:process', 'fs'),
  ...imports('functions/src/core/a.ts', './../ports.ts', './x/../../ports.ts', '../contract/../ports.ts', '..'),
  ...imports('functions/src/ports.ts', './core/b.ts', './stages/b.ts', '@google-cloud/firestore', 'node:fs'),
  ...imports('functions/src/store/a.ts', '../stages/b.ts', '../google/b.ts', '../config.ts', '@google-cloud/firestore'),
  ...imports('functions/src/stages/a.ts', '../google/b.ts', '../http/b.ts', '../entry/b.ts', '../wire.ts', 'node:fs'),
  ...imports('functions/src/stages/a.ts', '../config.ts', 'firebase-admin/messaging', 'firebase-functions'),
  ...imports('functions/src/google/a.ts', '../core/b.ts', '../stages/b.ts', '../store/b.ts', '../config.ts', 'zod'),
  ...imports('functions/src/google/fcm/a.ts', '../../core/b.ts', '../../stages/b.ts', '../../wire.ts', 'node:process'),
  ...imports(
    'functions/src/http/a.ts',
    '../core/b.ts',
    '../store/b.ts',
    '../google/b.ts',
    '../wire.ts',
    '../config.ts',
  ),
  ...imports(
    'functions/src/http/a.ts',
    '@google-cloud/firestore',
    'firebase-functions',
    'firebase-admin/auth',
    'express',
  ),
  ...imports('functions/src/entry/a.ts', '../google/b.ts', '../core/b.ts', '@google-cloud/pubsub', 'firebase-admin'),
  ...imports('functions/src/config.ts', './wire.ts', './google/b.ts', './stages/b.ts', 'firebase-functions/v2/https'),
  ...imports('functions/src/wire.ts', './entry/b.ts', './http/b.ts', './core/b.ts', 'firebase-functions'),
  ...imports('functions/src/index.ts', './stages/b.ts', './wire.ts', 'firebase-functions', 'node:fs'),
  ...imports(
    'client/a.ts',
    '../functions/src/core/b.ts',
    '../functions/src/ports.ts',
    '../tools/b.ts',
    'firebase-admin',
  ),
  ...imports('client/a.ts', '../functions/lib/contract/b.js', '../simulators/fcm/b.ts', 'zod'),
  ...imports(
    'simulators/fcm/h2/a.ts',
    '../../../functions/src/contract/b.ts',
    '../../../client/b.ts',
    'firebase-admin',
  ),
  ...imports('simulators/tasks/a.ts', '../../tools/b.ts', '../../test/b.ts', '@google-cloud/tasks', 'zod'),
  ...imports('tools/bench/sender/a.ts', '../../../functions/src/stages/sendRange.ts', '../../../functions/src/wire.ts'),
  ...imports('tools/bench/sender/a.ts', '../../../functions/src/google/firestore.ts', '../../../test/memory/fcm.ts'),
  ...imports(
    'tools/bench/stages/a.ts',
    '../../../functions/src/google/firestore.ts',
    '../../../test/stages/support.ts',
  ),
  ...imports('tools/local/a.ts', '../../functions/src/stages/b.ts', '../../functions/src/ports.ts', '../../test/b.ts'),
  ...imports('test/unit/a.ts', '../../functions/src/entry/b.ts', '../../functions/src/wire.ts', 'firebase-admin/app'),
  ...imports('test/unit/core/a.ts', '@google-cloud/firestore', '../../../functions/src/entry/b.ts'),
  ...imports('test/stages/a.ts', '../../functions/lib/stages/b.js'),
  ...imports('test/simulators/fcm/a.ts', '../../../functions/src/contract/b.ts', '../../../client/b.ts'),
  ...imports('test/integration/a.ts', '../../functions/src/stages/b.ts', '../../functions/src/store/b.ts'),

  { file: 'functions/src/stages/a.ts', source: "export * from '../google/c.ts';", rule: IMPORTS },
  { file: 'functions/src/stages/a.ts', source: "export type * from '../google/b.ts';", rule: IMPORTS },
  { file: 'functions/src/stages/a.ts', source: "void import('../google/b.ts');", rule: IMPORTS },

  ...inPureRoom('void Date.now();', 'eslint(no-restricted-properties)'),
  ...inPureRoom('void Math.random();', 'eslint(no-restricted-properties)'),
  ...inPureRoom('void process.argv;', 'eslint(no-restricted-globals)'),
  ...inPureRoom('void globalThis;', 'eslint(no-restricted-globals)'),
  ...inPureRoom('void performance.now();', 'eslint(no-restricted-globals)'),
  ...inPureRoom('void crypto.randomUUID();', 'eslint(no-restricted-globals)'),
  ...inPureRoom('setTimeout(() => {}, 1);', 'eslint(no-restricted-globals)'),
  ...inPureRoom("console.log('a');", 'eslint(no-restricted-globals)'),
  ...inPureRoom("void fetch('http://127.0.0.1/');", 'eslint(no-restricted-globals)'),

  ...['contract/a.ts', 'core/a.ts', 'ports.ts', 'store/a.ts', 'stages/a.ts', 'google/a.ts', 'google/fcm/a.ts'].map(
    readsEnv,
  ),
  ...['http/a.ts', 'entry/a.ts', 'wire.ts', 'index.ts'].map(readsEnv),
];

function readsEnv(file: string): Violation {
  return { file: `functions/src/${file}`, source: "void process.env['A'];", rule: 'node(no-process-env)' };
}

/** What the rooms are for, so that no rule is wider than meant. */
export const ALLOWED: readonly Statement[] = [
  { file: 'functions/src/contract/a.ts', source: "export * from 'zod';" },
  { file: 'functions/src/core/a.ts', source: "export * from 'node:crypto';" },
  { file: 'functions/src/core/a.ts', source: "export * from './deep/b.ts';" },
  { file: 'functions/src/core/a.ts', source: 'void new Date(0).getTime();' },
  { file: 'functions/src/stages/a.ts', source: "export * from '../core/b.ts';" },
  { file: 'functions/src/google/fcm/a.ts', source: "export * from '../../contract/b.ts';" },
  { file: 'functions/src/google/a.ts', source: "export * from 'firebase-admin/messaging';" },
  { file: 'functions/src/http/a.ts', source: "export * from 'jose';" },
  { file: 'functions/src/entry/a.ts', source: "export * from 'firebase-functions/v2/https';" },
  { file: 'functions/src/config.ts', source: "void process.env['A'];" },
  { file: 'functions/src/wire.ts', source: "export * from './google/fcm/b.ts';" },
  { file: 'functions/src/index.ts', source: "export * from './entry/api.ts';" },
  { file: 'client/a.ts', source: "export * from '../functions/src/contract/b.ts';" },
  { file: 'simulators/tasks/grpc/a.ts', source: "export * from '../core/b.ts';" },
  { file: 'simulators/tasks/grpc/a.ts', source: "export * from '@grpc/grpc-js';" },
  { file: 'tools/bench/stages/a.ts', source: "export * from '../../../test/memory/clock.ts';" },
  { file: 'tools/local/a.ts', source: "export * from '../../client/index.ts';" },
  { file: 'tools/local/a.ts', source: "export * from '../../functions/src/contract/b.ts';" },
  { file: 'test/integration/a.ts', source: "export * from '../../functions/src/contract/b.ts';" },
  { file: 'test/integration/a.ts', source: "export * from '../../functions/src/google/b.ts';" },
  { file: 'test/unit/a.ts', source: "export * from '../../functions/src/core/b.ts';" },
];
