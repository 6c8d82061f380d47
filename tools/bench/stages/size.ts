import type { Value } from '../../../functions/src/ports.ts';

/** Bytes that a value takes in a document (https://firebase.google.com/docs/firestore/storage-size). */
export function sizeOf(value: Value | undefined): number {
  if (value === undefined) return 0;
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value === 'number' || value instanceof Date) return 8;
  if (typeof value === 'string') return Buffer.byteLength(value) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, part: Value) => sum + sizeOf(part), 0);
  return Object.entries(value).reduce((sum, [field, part]) => sum + Buffer.byteLength(field) + 1 + sizeOf(part), 0);
}
