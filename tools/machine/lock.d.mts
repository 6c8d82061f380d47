/** Who holds a lock: a process, told apart from a later one with the same id by when it started. */
export interface LockOwner {
  readonly pid: number;
  readonly startedAt: string;
  readonly [note: string]: unknown;
}

/**
 * Takes the lock file at `path` for this process. A file left by a process that no longer lives is taken over.
 * @param note what else the file shall say about its owner
 * @returns false when a living process holds it (this one included)
 */
export function tryLock(path: string, note?: Record<string, unknown>): boolean;

/** Removes the lock file if this process holds it. */
export function unlock(path: string): void;

/** Who holds the lock, living or dead; undefined when there is no such file or it cannot be read. */
export function lockOwner(path: string): LockOwner | undefined;

export function isOwnerAlive(owner: LockOwner): boolean;
