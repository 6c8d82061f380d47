import { WriteConflict, type Documents } from '../ports.ts';
import { noncePath } from './paths.ts';

/**
 * Takes a name that may be used once.
 * @returns false when it was taken before
 */
export async function takeOnce(documents: Documents, key: string, expiresAtMs: number): Promise<boolean> {
  try {
    await documents.commit([{ create: noncePath(key), fields: { expireAt: new Date(expiresAtMs) } }]);
    return true;
  } catch (error) {
    if (error instanceof WriteConflict) return false;
    throw error;
  }
}
