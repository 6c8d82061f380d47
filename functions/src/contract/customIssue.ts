/** What a schema's own check found, as zod takes it. */
export function customIssue(input: unknown, path: readonly string[], message: string) {
  return { code: 'custom' as const, input, path: [...path], message };
}
