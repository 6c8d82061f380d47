import type { ZodType } from 'zod';
import type { World } from '../ports.ts';

/** Longest part of a message that cannot be read which is kept for an operator to look at. */
const BODY_MAX = 1_000;

/**
 * Reads what a trigger was sent. What does not parse is put aside and counts as handled: it would not parse the next
 * time either.
 * @returns null where it was put aside
 */
export async function openLetter<T>(
  world: World,
  source: string,
  schema: ZodType<T>,
  read: () => unknown,
): Promise<T | null> {
  const { value, reason } = attempt(schema, read);
  if (value !== undefined) return value;
  world.log.error('a message cannot be read and goes to the dead letters', { source, reason });
  await world.deadLetters.put({ source, reason, body: text(read).slice(0, BODY_MAX) });
  return null;
}

function attempt<T>(schema: ZodType<T>, read: () => unknown): { readonly value?: T; readonly reason: string } {
  let raw: unknown;
  try {
    raw = read();
  } catch {
    return { reason: 'it is not JSON' };
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { value: parsed.data, reason: '' };
  return { reason: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; ') };
}

function text(read: () => unknown): string {
  try {
    return JSON.stringify(read()) ?? '';
  } catch {
    return '';
  }
}
