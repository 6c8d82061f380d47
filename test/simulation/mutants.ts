import { CONTROL } from './mutants/control.ts';
import type { Mutant } from './mutants/mutant.ts';
import { SENDING } from './mutants/sending.ts';

export const MUTANTS: readonly Mutant[] = [...SENDING, ...CONTROL];
