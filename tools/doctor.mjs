import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { examine } from './doctorChecks.mjs';
import { clearRun, cloudFolders, inspectCloud } from './machine/cloudFolder.mjs';

const HELP = `Usage: npm run doctor -- [--json] [--end-leftovers] [--help]

Says what this machine lacks to run the local cloud, and the command that mends it.
  --json            one JSON object: { "ok", "checks": [{ "name", "ok", "found", "remedy"? }] }
  --end-leftovers   first ends the processes of local clouds whose parent is dead
Exit code 0 when nothing is lacking, 1 when something is, 2 for a wrong argument.
`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function parse(args) {
  try {
    const options = { json: { type: 'boolean' }, 'end-leftovers': { type: 'boolean' }, help: { type: 'boolean' } };
    return parseArgs({ args, options }).values;
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    return process.exit(2);
  }
}

function print(checks) {
  for (const { name, ok, found, remedy } of checks) {
    process.stdout.write(`${ok ? 'ok  ' : 'LACK'}  ${name}: ${found}\n`);
    if (remedy !== undefined) process.stdout.write(`      mend it: ${remedy}\n`);
  }
}

const values = parse(process.argv.slice(2));
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (values['end-leftovers']) {
  for (const folder of cloudFolders(root)) {
    const cloud = inspectCloud(folder);
    if (cloud.state === 'left-over') await clearRun(folder, cloud.run);
  }
}
const checks = await examine(root);
const ok = checks.every((check) => check.ok);
if (values.json) process.stdout.write(`${JSON.stringify({ ok, checks })}\n`);
else print(checks);
process.exitCode = ok ? 0 : 1;
