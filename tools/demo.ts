import { once } from 'node:events';
import { check, type Findings } from './demo/checks.ts';
import { readOptions, type DemoOptions } from './demo/options.ts';
import { reportOf, resultOf } from './demo/report.ts';
import { run } from './demo/run.ts';
import { runPersonal } from './demo/runPersonal.ts';
import { Screen } from './demo/screen.ts';
import { interruption, type Interruption } from './interrupt.ts';
import { CloudAlreadyRuns } from './local/folder.ts';
import { localClient } from './localClient.ts';
import { startLocalCloud, type LocalCloud, type LocalCloudOptions } from './local/local-cloud.ts';

/** More would only wait for each other's processors. */
const DEMOS_AT_ONCE = 8;

const screen = new Screen(process.stderr);
/** Aborted when somebody ends the run, or a part of the cloud ends by itself. */
const end = new AbortController();
const { signal } = end;

/** Somebody ended the run; no failure of it. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor({ reason, exitCode }: Interruption) {
    super(`ended by ${reason}`);
    this.exitCode = exitCode;
  }
}

/** A demo works beside an `npm start` or another demo that is running: it takes the first folder that is free. */
async function startCloud(options: DemoOptions): Promise<LocalCloud> {
  const cloud: LocalCloudOptions = {
    functions: 'host',
    keepContent: true,
    signal,
    progress: (text) => screen.say(`  ${text}`),
    ...(options.fcm === undefined ? {} : { fcm: options.fcm }),
  };
  for (let nth = 0; ; nth += 1) {
    try {
      return await startLocalCloud(nth === 0 ? cloud : { ...cloud, name: `demo-${nth}` });
    } catch (error) {
      if (!(error instanceof CloudAlreadyRuns) || nth === DEMOS_AT_ONCE) throw error;
    }
  }
}

/** @returns whether everything that must hold did, and the line for `--json`. */
async function runOn(cloud: LocalCloud, options: DemoOptions) {
  const world = { client: localClient(cloud.endpoints), fcmControl: cloud.endpoints.fcmControl, screen, signal };
  const range = await run(options, world);
  const holds = tell(range, options);
  if (options.recipients === 0) return { holds, result: JSON.stringify(resultOf(range)) };
  const personal = await runPersonal(options, range.expectation.lastMemberNo, world);
  const personalHolds = tell(personal, options);
  return {
    holds: holds && personalHolds,
    result: JSON.stringify({ ...resultOf(range), personalised: resultOf(personal) }),
  };
}

function tell(findings: Findings, { json }: DemoOptions): boolean {
  const checks = check(findings);
  (json ? process.stderr : process.stdout).write(reportOf(findings, checks));
  return checks.every(({ holds }) => holds);
}

async function main(options: DemoOptions): Promise<boolean> {
  void interruption().then((why) => end.abort(new Interrupted(why)));
  const cloud = await screen.step('Starting the local cloud', () => unlessEnded(startCloud(options)));
  cloud.failed.catch((error: unknown) => end.abort(error));
  let outcome;
  try {
    outcome = await unlessEnded(runOn(cloud, options));
    if (options.keep) await untilInterrupted(cloud);
  } finally {
    await screen.step('Stopping everything', () => cloud.stop());
  }
  if (options.json) process.stdout.write(`${outcome.result}\n`);
  return outcome.holds;
}

/** What is cut off in the middle may fail in words of its own; why it was cut off says more. */
async function unlessEnded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

async function untilInterrupted({ endpoints, folder }: LocalCloud): Promise<void> {
  screen.say(`Still running: API ${endpoints.api}, all addresses in ${folder}/endpoints.json. Ctrl-C ends it.`);
  if (!signal.aborted) await once(signal, 'abort');
  if (!(signal.reason instanceof Interrupted)) throw signal.reason;
}

try {
  process.exitCode = (await main(readOptions())) ? 0 : 1;
} catch (error) {
  screen.say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
}
