import { launch as stage } from '../stages/launch.ts';
import { taskFunction } from './task.ts';

export const launch = taskFunction('launch', stage);
