import { conduct as stage } from '../stages/conduct.ts';
import { taskFunction } from './task.ts';

export const conduct = taskFunction('conduct', stage);
