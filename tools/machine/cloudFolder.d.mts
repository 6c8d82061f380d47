/** The environment variable that every process of a local cloud carries; its value is the run's id. */
export const MARK: 'BONGSU_LOCAL_CLOUD';

/** The folder of the local cloud called `name`: `.local` or `.local-<name>`, absolute when `root` is. */
export function cloudFolder(root: string, name?: string): string;

/** The folders of all local clouds that ever ran under `root`. */
export function cloudFolders(root: string): string[];

/** The lock file that says which process runs the cloud in this folder. */
export function ownerFile(folder: string): string;

/** Where the ports that local clouds of this user hold are written down, one lock file for each. */
export function reservationFolder(): string;

/** Where a run keeps sockets and caches of its tools: short, because a socket's path may be 104 bytes long. */
export function scratchFolder(run: string): string;

/** `left-over`: the process that started it is gone without having cleared up; `pids` of its children live. */
export type CloudState =
  | { readonly state: 'running'; readonly pid: number }
  | { readonly state: 'left-over'; readonly run: string; readonly pids: readonly number[] }
  | { readonly state: 'none' };

export function inspectCloud(folder: string): CloudState;

/**
 * Ends every process of one run of the cloud in this folder, gives back its ports and removes its files but the logs.
 * @returns how many processes were ended
 */
export function clearRun(folder: string, run: string): Promise<number>;
