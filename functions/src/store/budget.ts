import { z } from 'zod';
import type { Grant, Limit } from '../core/budget.ts';
import type { Documents, Fields, Write } from '../ports.ts';

/** The one document that all campaigns of the project share; each writes to it when its rate changes. */
const PATH = 'pace/project';

const number = z.number();
const schema = z.object({
  /** By campaign. */
  grants: z.record(
    z.string(),
    z.object({
      weight: number,
      wants: number,
      perSecond: number,
      heldPerSecond: number,
      heldUntilMs: number,
      untilMs: number,
    }),
  ),
  /** Set where FCM has refused messages for the project's quota. */
  limit: z.object({ perSecond: number, atMs: number }).nullable(),
});

export interface Budget {
  readonly grants: Readonly<Record<string, Grant>>;
  readonly limit: Limit | null;
  /** Null where there is none yet. */
  readonly version: string | null;
}

export async function readBudget(documents: Documents): Promise<Budget> {
  const doc = await documents.get(PATH);
  return doc === null
    ? { grants: {}, limit: null, version: null }
    : { ...schema.parse(doc.fields), version: doc.version };
}

/** @throws WriteConflict where somebody else wrote since it was read */
export async function writeBudget(documents: Documents, { grants, limit, version }: Budget): Promise<void> {
  const fields = { grants, limit } as unknown as Fields;
  const write: Write = version === null ? { create: PATH, fields } : { update: PATH, at: version, fields };
  await documents.commit([write]);
}
