import { once } from 'node:events';
import { exitWith, Interrupted, runInCloud, type CloudRun } from './cloudRun.ts';
import { check, type Findings } from './demo/checks.ts';
import { readOptions, type DemoOptions } from './demo/options.ts';
import { reportOf, resultOf } from './demo/report.ts';
import { run } from './demo/run.ts';
import { runPersonal } from './demo/runPersonal.ts';
import { Screen } from './demo/screen.ts';
import { localClient } from './localClient.ts';

const screen = new Screen(process.stderr);

/** @returns whether everything that must hold did, and the line for `--json`. */
async function runOn({ cloud, signal }: CloudRun, options: DemoOptions) {
  const world = { client: localClient(cloud.endpoints), fcmControl: cloud.endpoints.fcmControl, screen, signal };
  const range = await run(options, world);
  const holds = tell(range, options);
  if (options.recipients === 0) return { holds, result: JSON.stringify(resultOf(range)) };
  const personal = await runPersonal(options, range, world);
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
  const fcm = options.fcm === undefined ? {} : { fcm: options.fcm };
  const outcome = await runInCloud(
    'demo',
    { functions: 'host', keepContent: true, ...fcm },
    screen,
    async (cloudRun) => {
      const found = await runOn(cloudRun, options);
      if (options.keep) await untilInterrupted(cloudRun);
      return found;
    },
  );
  if (options.json) process.stdout.write(`${outcome.result}\n`);
  return outcome.holds;
}

async function untilInterrupted({ cloud: { endpoints, folder }, signal }: CloudRun): Promise<void> {
  screen.say(`Still running: API ${endpoints.api}, all addresses in ${folder}/endpoints.json. Ctrl-C ends it.`);
  if (!signal.aborted) await once(signal, 'abort');
  if (!(signal.reason instanceof Interrupted)) throw signal.reason;
}

await exitWith(screen, () => main(readOptions()));
