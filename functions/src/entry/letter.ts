import type { ZodType } from 'zod';
import type { World } from '../ports.ts';

/** Pub/Sub takes at most 1,024 bytes for an attribute, and a character may be 3 of them. */
const REASON_MAX = 300;
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
  const { value, why } = attempt(schema, read);
  if (value !== undefined) return value;
  const reason = why.slice(0, REASON_MAX);
  world.log.error('a message cannot be read and goes to the dead letters', { source, reason });
  await world.deadLetters.put({ source, reason, body: text(read).slice(0, BODY_MAX) });
  return null;
}

function attempt<T>(schema: ZodType<T>, read: () => unknown): { readonly value?: T; readonly why: string } {
  let raw: unknown;
  try {
    raw = read();
  } catch {
    return { why: 'it is not JSON' };
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { value: parsed.data, why: '' };
  return { why: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; ') };
}

function text(read: () => unknown): string {
  try {
    return JSON.stringify(read()) ?? '';
  } catch {
    return '';
  }
}
