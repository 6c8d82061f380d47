import './region.ts';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { sweep as stage } from '../stages/sweep.ts';
import { wire } from '../wire.ts';

export const sweep = onSchedule('every 1 minutes', async () => {
  await stage((await wire()).world);
});
