// Owns a local cloud until it is told to end: the program that the tests interrupt and kill.

import { interruption } from '../../../tools/interrupt.ts';
import { startLocalCloud } from '../../../tools/local/localCloud.ts';

const [project] = process.argv.slice(2);
if (project === undefined) throw new Error('Usage: node owner.ts <project>');

const interrupted = interruption();
const cloud = await startLocalCloud({
  functions: 'host',
  project,
  fcm: '127.0.0.1:9',
  host: { sendRangeInstances: 1 },
});
process.stdout.write('ready\n');
const { reason } = await interrupted;
await cloud.stop();
process.stdout.write(`stopped by ${reason}\n`);
