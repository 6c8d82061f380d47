import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const MIN_NODE_MAJOR = 20;
export const RUN_NODE_MAJOR = 24;
export const MIN_JAVA_MAJOR = 17;

/** Platforms for which npm installs Node 24 as an optional package (package.json). */
const BUNDLED_NODE = { linux: ['x64', 'arm64'] };

/**
 * The major version in what `java -version` prints, undefined when it is not there.
 * Java 8 and older call themselves 1.8.
 */
export function parseJavaMajor(text) {
  const version = /version "(\d+)(?:\.(\d+))?/.exec(text);
  if (version === null) return undefined;
  return Number(version[1] === '1' && version[2] !== undefined ? version[2] : version[1]);
}

/** The major version of `process.version` and the like: `v24.21.0` is 24. */
export function parseNodeMajor(version) {
  return Number.parseInt(version.replace(/^v/, ''), 10);
}

function javaOf(env) {
  return env.JAVA_HOME === undefined || env.JAVA_HOME === '' ? 'java' : join(env.JAVA_HOME, 'bin', 'java');
}

function output(command, args) {
  try {
    // java prints its version on stderr.
    return execFileSync('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', command, ...args], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}

/** The npm beside the running Node or on PATH: what to spawn, as [command, ...first arguments]. */
export function npmCommand(env = process.env) {
  const script = env.npm_execpath;
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) return [process.execPath, script];
  const beside = join(dirname(process.execPath), 'npm');
  return existsSync(beside) ? [beside] : ['npm'];
}

/** What this machine has, as `findMissing` takes it. */
export function probeMachine(env = process.env) {
  const [npm, ...args] = npmCommand(env);
  return {
    platform: process.platform,
    arch: process.arch,
    nodeMajor: parseNodeMajor(process.version),
    javaMajor: parseJavaMajor(output(javaOf(env), ['-version']) ?? ''),
    npm: output(npm, [...args, '--version'])?.trim(),
  };
}

/**
 * What has to be installed before anything here can run: one entry for each lacking program, `problem` saying what is
 * wrong and `remedy` what mends it. Empty when nothing is missing.
 */
export function findMissing(machine) {
  const missing = [];
  if (machine.nodeMajor < MIN_NODE_MAJOR) {
    missing.push({
      problem: `Node ${machine.nodeMajor} is too old`,
      remedy: `install Node ${RUN_NODE_MAJOR} (https://nodejs.org/en/download)`,
    });
  } else if (machine.nodeMajor < RUN_NODE_MAJOR && BUNDLED_NODE[machine.platform]?.includes(machine.arch) !== true) {
    missing.push({
      problem: `Node ${machine.nodeMajor} is too old on ${machine.platform}-${machine.arch}, for which npm has no Node ${RUN_NODE_MAJOR}`,
      remedy: `install Node ${RUN_NODE_MAJOR} (https://nodejs.org/en/download)`,
    });
  }
  if (machine.npm === undefined) {
    missing.push({ problem: 'npm is missing', remedy: `install it with Node (https://nodejs.org/en/download)` });
  }
  if (machine.javaMajor === undefined || machine.javaMajor < MIN_JAVA_MAJOR) {
    missing.push({
      problem:
        machine.javaMajor === undefined
          ? 'Java is missing (the Firestore and Pub/Sub emulators need it)'
          : `Java ${machine.javaMajor} is too old`,
      remedy: javaRemedy(machine.platform),
    });
  }
  return missing;
}

function javaRemedy(platform) {
  return platform === 'darwin'
    ? 'brew install --cask temurin@21'
    : `sudo apt-get install openjdk-${MIN_JAVA_MAJOR}-jre-headless (or any JRE >= ${MIN_JAVA_MAJOR})`;
}

/** One message about everything that `findMissing` found. */
export function missingMessage(missing) {
  return ['This machine lacks:', ...missing.map(({ problem, remedy }) => `  - ${problem}: ${remedy}`)].join('\n');
}

/**
 * The Node 24 that runs everything after the bootstrap: the running one if new enough, else the one npm installed.
 * Undefined when there is neither.
 */
export function findNode24(root) {
  if (parseNodeMajor(process.version) >= RUN_NODE_MAJOR) return process.execPath;
  const bundled = join(root, 'node_modules', `node-${process.platform}-${process.arch}`);
  try {
    const { version } = JSON.parse(readFileSync(join(bundled, 'package.json'), 'utf8'));
    const binary = join(bundled, 'bin', 'node');
    return parseNodeMajor(version) >= RUN_NODE_MAJOR && existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}
