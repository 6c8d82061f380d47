import { createHash } from 'node:crypto';

/**
 * A task's name: the same parts give the same name, so that a task made twice runs once. Hashed, because Cloud Tasks
 * slows down on names with a common prefix (https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create).
 */
export function taskName(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
