import type { RpcCodeName } from './rpcError.ts';

/** What a rule does to the tasks it fits. Each is something that the real service may do. */
export type FaultAction =
  /** The request is sent a second time `gapMs` after the first was answered. */
  | { readonly kind: 'duplicate'; readonly gapMs: number }
  /** The request is sent `copies` times at once; the first copy's answer counts. */
  | { readonly kind: 'concurrent'; readonly copies: number }
  /** Each attempt leaves `delayMs` later than due. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** A delivery that seems lost: as `delay`, 10 minutes by default. Cloud Tasks is at-least-once and never drops. */
  | { readonly kind: 'drop'; readonly delayMs: number }
  /** Each attempt leaves up to `windowMs` late, so that tasks overtake each other. */
  | { readonly kind: 'reorder'; readonly windowMs: number }
  /** The worker is called, but its answer never arrives: a failed attempt whose work was done. */
  | { readonly kind: 'loseAnswer' }
  /** CreateTask fails with `code`, `before` or `after` the task was made. */
  | { readonly kind: 'refuseCreate'; readonly when: 'before' | 'after'; readonly code: RpcCodeName };

export interface FaultRule {
  readonly id: string;
  readonly action: FaultAction;
  /** Full or short queue name; undefined fits every queue. */
  readonly queue: string | undefined;
  /** Start of the task id; undefined fits every task, also one whose name is yet to be generated. */
  readonly taskPrefix: string | undefined;
  /** How often the rule acts before it is spent; undefined is for ever. */
  readonly times: number | undefined;
  /** Share of the fitting occasions on which it acts, 0..1, drawn from a seeded generator. */
  readonly share: number;
}

/** A rule that does not parse; the message names the field. */
export class FaultRuleError extends Error {}

const MAX_COPIES = 100;
const REFUSALS: readonly RpcCodeName[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'RESOURCE_EXHAUSTED'];
const COMMON_FIELDS = ['id', 'kind', 'queue', 'taskPrefix', 'times', 'share'];
const ACTION_FIELDS: Record<FaultAction['kind'], readonly string[]> = {
  duplicate: ['gapMs'],
  concurrent: ['copies'],
  delay: ['delayMs'],
  drop: ['delayMs'],
  reorder: ['windowMs'],
  loseAnswer: [],
  refuseCreate: ['when', 'code'],
};

/** Reads one rule from JSON. Throws FaultRuleError for an unknown field or a value out of bounds. */
export function parseFaultRule(json: unknown, defaultId: string): FaultRule {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new FaultRuleError('a fault is an object');
  const fields = json as Record<string, unknown>;
  const kind = oneOf(fields, 'kind', Object.keys(ACTION_FIELDS) as FaultAction['kind'][], undefined);
  const known = [...COMMON_FIELDS, ...ACTION_FIELDS[kind]];
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) throw new FaultRuleError(`unknown field "${name}" of a ${kind} fault`);
  }
  return {
    id: text(fields, 'id') ?? defaultId,
    action: parseAction(kind, fields),
    queue: text(fields, 'queue'),
    taskPrefix: text(fields, 'taskPrefix'),
    times: 'times' in fields ? integer(fields, 'times', 1, Number.MAX_SAFE_INTEGER, 1) : undefined,
    share: share(fields),
  };
}

function parseAction(kind: FaultAction['kind'], fields: Record<string, unknown>): FaultAction {
  const ms = (name: string, fallback: number) => integer(fields, name, 0, Number.MAX_SAFE_INTEGER, fallback);
  switch (kind) {
    case 'duplicate':
      return { kind, gapMs: ms('gapMs', 0) };
    case 'concurrent':
      return { kind, copies: integer(fields, 'copies', 2, MAX_COPIES, 2) };
    case 'delay':
      return { kind, delayMs: ms('delayMs', 1000) };
    case 'drop':
      return { kind, delayMs: ms('delayMs', 600_000) };
    case 'reorder':
      return { kind, windowMs: ms('windowMs', 1000) };
    case 'loseAnswer':
      return { kind };
    case 'refuseCreate':
      break;
  }
  return {
    kind,
    when: oneOf(fields, 'when', ['before', 'after'], 'before'),
    code: oneOf(fields, 'code', REFUSALS, 'UNAVAILABLE'),
  };
}

function text(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new FaultRuleError(`"${name}" must be a string that is not empty`);
}

function integer(fields: Record<string, unknown>, name: string, least: number, most: number, fallback: number): number {
  const value = fields[name] ?? fallback;
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw new FaultRuleError(`"${name}" must be a whole number from ${least} to ${most}`);
}

function share(fields: Record<string, unknown>): number {
  const value = fields['share'] ?? 1;
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new FaultRuleError('"share" must be a number from 0 to 1');
}

function oneOf<T extends string>(
  fields: Record<string, unknown>,
  name: string,
  allowed: readonly T[],
  fallback: T | undefined,
): T {
  const value = fields[name] ?? fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new FaultRuleError(`"${name}" must be one of ${allowed.join(', ')}`);
}
