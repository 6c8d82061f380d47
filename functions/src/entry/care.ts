import { care as stage } from '../stages/care.ts';
import { taskFunction } from './task.ts';

export const care = taskFunction('care', stage);
