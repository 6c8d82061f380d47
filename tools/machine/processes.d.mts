/**
 * When the process started, in the system's own words: equal strings mean the same process, so a process id that
 * was given out again is told apart. Undefined when there is no such process.
 */
export function startedAt(pid: number): string | undefined;

/** Resident memory of the process in bytes; undefined when there is no such process. */
export function rssBytes(pid: number): number | undefined;

/** Processor time of the process and its threads so far, in ms; undefined when there is no such process, or no /proc. */
export function cpuMs(pid: number): number | undefined;

/** The command line of the process; empty when there is no such process. */
export function commandOf(pid: number): string;

/**
 * The processes of this user, but for the calling one, that were started with the environment variable `name` set to
 * `value`. Children inherit it, so it finds what a dead parent left behind, and never a stranger with a re-used id.
 */
export function markedProcesses(name: string, value: string): number[];

/**
 * Ends the marked processes: SIGTERM, and after `graceMs` SIGKILL to what is left, until none is.
 * @returns how many there were
 */
export function endMarkedProcesses(name: string, value: string, graceMs: number): Promise<number>;
