import type { FieldType, MessageSchema } from './schema.ts';
import type { FieldViolation } from './replies.ts';

export type JsonObject = Record<string, unknown>;

const DURATION = /^-?\d+(\.\d{1,9})?s$/;

/**
 * Reads JSON as a protocol buffer, the way Google's front end does: camel case and snake case are both names of a field,
 * null is "not set", an unknown name is an error.
 *
 * Returns the object with snake case names. What is wrong is added to `violations`.
 */
export function readProto(
  value: unknown,
  schema: MessageSchema,
  path: string,
  violations: FieldViolation[],
): JsonObject {
  const result: JsonObject = {};
  if (!isObject(value)) {
    violations.push(invalidValue(path, 'a message', value));
    return result;
  }
  for (const name in value) {
    const field = value[name];
    const known = Object.hasOwn(schema.fields, name) ? name : snakeCase(name);
    const type = Object.hasOwn(schema.fields, known) ? schema.fields[known] : undefined;
    if (type === undefined) {
      const at = path === '' ? '' : ` at '${path}'`;
      violations.push({
        field: path,
        description: `Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`,
      });
    } else if (field !== null) {
      result[known] = readField(field, type, path === '' ? known : `${path}.${known}`, violations);
    }
  }
  return result;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readField(value: unknown, type: FieldType, path: string, violations: FieldViolation[]): unknown {
  if (typeof type === 'object' && 'fields' in type) return readProto(value, type, path, violations);
  if (type === 'stringMap') checkStringMap(value, path, violations);
  else if (!isOfType(value, type)) violations.push(invalidValue(path, typeName(type), value));
  return value;
}

function isOfType(value: unknown, type: Exclude<FieldType, MessageSchema | 'stringMap'>): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(typeof value === 'string' && value !== '' ? Number(value) : value);
    case 'double':
      return typeof value === 'number';
    case 'duration':
      return typeof value === 'string' && DURATION.test(value);
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'struct':
      return isObject(value);
    default:
      return typeof value === 'string' && type.includes(value);
  }
}

function checkStringMap(value: unknown, path: string, violations: FieldViolation[]): void {
  if (!isObject(value)) {
    violations.push(invalidValue(path, 'TYPE_MAP', value));
    return;
  }
  let at = 0;
  for (const key in value) {
    if (typeof value[key] !== 'string') {
      violations.push(invalidValue(`${path}[${at}].value`, 'TYPE_STRING', value[key]));
    }
    at += 1;
  }
}

function invalidValue(field: string, type: string, value: unknown): FieldViolation {
  return { field, description: `Invalid value at '${field}' (${type}), ${JSON.stringify(value)}` };
}

function typeName(type: FieldType): string {
  return typeof type === 'string' ? `TYPE_${type.toUpperCase()}` : 'TYPE_ENUM';
}

const UPPER = /[A-Z]/g;

function snakeCase(name: string): string {
  return name.replace(UPPER, (letter) => `_${letter.toLowerCase()}`);
}
