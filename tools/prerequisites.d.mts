/** What of a machine decides whether anything here can run. */
export interface MachinePrograms {
  readonly platform: string;
  readonly arch: string;
  readonly nodeMajor: number;
  readonly javaMajor: number | undefined;
  readonly npm: string | undefined;
}

/** Something that has to be installed: `problem` says what is wrong, `remedy` what mends it. */
export interface Missing {
  readonly problem: string;
  readonly remedy: string;
}

export function parseJavaMajor(text: string): number | undefined;
export function parseNodeMajor(version: string): number;
export function findMissing(machine: MachinePrograms): Missing[];
export function missingMessage(missing: readonly Missing[]): string;
