import type { FoundEmulator } from './machine/emulators.mjs';

/** `found` says what is there, `remedy` the one command that mends it when `ok` is false. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly remedy?: string;
}

export function checkDisk(freeBytes: number): Check;
export function checkEmulator(name: string, find?: (name: string) => FoundEmulator): Check;
export function examine(root: string): Promise<Check[]>;
