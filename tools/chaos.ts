import { exitWith, runInCloud } from './cloudRun.ts';
import { Deliveries } from './chaos/deliveries.ts';
import { readOptions, type ChaosOptions } from './chaos/options.ts';
import { check, reportOf, resultOf } from './chaos/report.ts';
import { run } from './chaos/run.ts';
import { FUNCTION_PARAMETERS, SEND_RANGE_INSTANCES, TICK_MS } from './chaos/settings.ts';
import { Tally } from './chaos/tally.ts';
import { Wires } from './chaos/wires.ts';
import { Screen } from './demo/screen.ts';
import type { LocalCloudOptions } from './local/localCloud.ts';

const screen = new Screen(process.stderr);

async function main(options: ChaosOptions): Promise<boolean> {
  const tally = new Tally();
  const deliveries = new Deliveries(tally);
  const wires = await Wires.lay();
  const cloud: LocalCloudOptions = {
    functions: 'host',
    tickMs: TICK_MS,
    host: {
      sendRangeInstances: SEND_RANGE_INSTANCES,
      env: { ...FUNCTION_PARAMETERS, ...wires.environment },
      wrapDelivery: (deliver) => deliveries.wrap(deliver),
    },
  };
  try {
    const gear = { wires, deliveries, tally, screen };
    const findings = await runInCloud('chaos', cloud, screen, (cloudRun) => run(options, cloudRun, gear));
    const checks = check(findings);
    (options.json ? process.stderr : process.stdout).write(reportOf(findings, checks));
    if (options.json) process.stdout.write(`${JSON.stringify(resultOf(findings))}\n`);
    return checks.every(({ holds }) => holds);
  } finally {
    await wires.close();
  }
}

await exitWith(screen, () => main(readOptions()));
