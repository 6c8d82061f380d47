type DefinedOnly<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The object without the fields that are `undefined`: absent and `undefined` mean the same to a caller, not to a type. */
export function definedOnly<T extends object>(object: T): DefinedOnly<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as DefinedOnly<T>;
}
