/** What a log line may say of an error: its name. Its text may hold what somebody wrote. */
export function nameOf(failure: unknown): string {
  return failure instanceof Error ? failure.name : 'unknown';
}
