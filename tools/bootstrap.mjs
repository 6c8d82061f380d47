// Runs a TypeScript program of this repository on Node 24, on a machine that may have nothing but Node 20 and Java.
// It uses no package, because there may be none yet. Its own words go to stderr: stdout is the program's.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, installCommand } from './install.mjs';
import { findMissing, findNode24, missingMessage, probeMachine } from './prerequisites.mjs';

const PARENT_POLL_MS = 1000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

function progress(text) {
  process.stderr.write(`bongsu: ${text}\n`);
}

// npm may be killed without being able to tell anybody; then the parent's process id changes.
function watchParent(onGone) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && onGone(), PARENT_POLL_MS).unref();
}

function run(node, program, args) {
  const child = spawn(node, [resolve(root, program), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  });
  // A terminal's Ctrl-C reaches the child twice, from the terminal and from here; a plain kill -INT only from here.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event !== undefined) watchParent(() => child.kill('SIGTERM'));
  child.once('error', (error) => {
    progress(error.message);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

async function main([program, ...args]) {
  if (program === undefined) throw new Error('Usage: node tools/bootstrap.mjs <program.ts> [arguments]');
  const missing = findMissing(probeMachine());
  if (missing.length > 0) throw new Error(missingMessage(missing));
  const functions = join(root, 'functions');
  await ensureInstalled(root, [root, functions], progress);
  const node = findNode24(root);
  if (node === undefined) {
    throw new Error(`npm did not install Node 24. Remedy: ${installCommand('')}`);
  }
  await ensureBuilt(root, node, progress);
  run(node, program, args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  progress(error.message);
  process.exitCode = 1;
}
