import { onSchedule } from 'firebase-functions/v2/scheduler';
import { recheck } from '../stages/recheck.ts';
import { sweep as stage } from '../stages/sweep.ts';
import { wire } from '../wire.ts';
import { DEPLOYMENT } from './deployment.ts';

export const sweep = onSchedule({ ...DEPLOYMENT, schedule: 'every 1 minutes' }, async () => {
  const { world } = wire();
  await stage(world);
  await recheck(world);
});
