import type { z } from 'zod';
import { FIELD_ERRORS_MAX, FieldErrors } from '../contract/fieldErrors.ts';
import type { FieldError, ProblemError } from '../contract/problem.ts';

/** A caller's field name is repeated up to this many characters, so that an answer stays small. */
const NAME_MAX_LENGTH = 64;
/** Steps of a pointer that are told; no schema of the contract goes deeper. */
const PATH_MAX_LENGTH = 20;

type Path = readonly PropertyKey[];

/** JSON pointer (RFC 6901) to a path; empty for the whole value. */
export function pointerOf(path: Path): string {
  return path.map((step) => `/${shorten(String(step)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Reads a value with a schema.
 * @returns the parsed value, or what is wrong with it, field by field. No message repeats a value.
 */
export function readWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { ok: true; value: T } | { ok: false; errors: FieldError[] } {
  const parsed = schema.safeParse(value, { error: wordsFor });
  const errors = parsed.success ? [] : oncePerField(parsed.error.issues.flatMap((issue) => fieldErrorsOf(issue, [])));
  // zod leaves a "__proto__" key of a record out of what it checks and returns.
  errors.push(...protoKeys(value));
  return parsed.success && errors.length === 0 ? { ok: true, value: parsed.data } : { ok: false, errors };
}

/** The refusal of a body or of parameters, with at most `FIELD_ERRORS_MAX` of the errors. */
export function refusal(code: 'invalid' | 'bad_request', errors: readonly FieldError[]): ProblemError {
  const list = new FieldErrors();
  list.add(errors);
  return list.refusal('The request', code);
}

function fieldErrorsOf(issue: z.core.$ZodIssue, base: Path): FieldError[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .filter((key) => key !== '__proto__')
      .map((key) => ({ field: pointerOf([...path, key]), message: 'is not a known field' }));
  }
  if (issue.code === 'invalid_key') {
    const why = issue.issues[0]?.message ?? 'is not an allowed name';
    return [{ field: pointerOf(path), message: `as a name: ${why}` }];
  }
  if (issue.code === 'invalid_union') {
    const nearest = nearestForm(issue.errors);
    if (nearest !== undefined) return nearest.flatMap((inner) => fieldErrorsOf(inner, path));
  }
  return [{ field: pointerOf(path), message: issue.message }];
}

/**
 * The form of a union that the caller most likely meant: the one that knows all the names given, then the one with the
 * fewest complaints, none about the whole.
 */
function nearestForm(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  return forms
    .filter((issues) => issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'))
    .toSorted((a, b) => strangeNames(a) - strangeNames(b) || a.length - b.length)[0];
}

function strangeNames(issues: readonly z.core.$ZodIssue[]): number {
  return issues.filter((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0).length;
}

function oncePerField(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [error.field, error])).values()];
}

/** A place in a value, linked to the one around it: a path of its own for each would be quadratic in the depth. */
interface Place {
  readonly value: object;
  readonly name: string;
  readonly around: Place | null;
}

/** Walks with a list of its own: JSON may be nested deeper than the stack is. */
function protoKeys(value: unknown): FieldError[] {
  const found: FieldError[] = [];
  const rest: Place[] = isObject(value) ? [{ value, name: '', around: null }] : [];
  for (let place = rest.pop(); place !== undefined; place = rest.pop()) {
    if (Object.hasOwn(place.value, '__proto__') && found.length < FIELD_ERRORS_MAX) {
      found.push({ field: pointerOf([...pathOf(place), '__proto__']), message: 'is not an allowed name' });
    }
    for (const [name, inner] of Object.entries(place.value)) {
      if (isObject(inner)) rest.push({ value: inner, name, around: place });
    }
  }
  return found;
}

function pathOf(place: Place): string[] {
  const path: string[] = [];
  for (let at = place; at.around !== null; at = at.around) path.unshift(at.name);
  return path.slice(0, PATH_MAX_LENGTH);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const UNIT_WORDS: Readonly<Record<string, string>> = { string: ' characters long', array: ' elements long' };

/** The words for zod's own complaints; a message that the contract gives goes first. */
function wordsFor(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined && issue.code === 'invalid_type') return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${UNIT_WORDS[issue.origin] ?? ''}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${UNIT_WORDS[issue.origin] ?? ''}`;
    case 'invalid_format':
      return issue.format === 'regex' ? `must match ${issue.pattern}` : `must be a valid ${issue.format}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return 'matches none of the allowed forms';
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
    default:
      return 'is not allowed';
  }
}

function shorten(name: string): string {
  return name.length <= NAME_MAX_LENGTH ? name : `${name.slice(0, NAME_MAX_LENGTH)}…`;
}
