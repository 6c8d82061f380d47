import { importJWK, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';
import { callersSchema } from '../contract/token.ts';
import type { TOKEN_ALGORITHMS } from '../contract/token.ts';
import type { Caller } from './service.ts';

/** RFC 7518, section 3.3: a shorter key must not be used. */
const RSA_MIN_BITS = 2_048;

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** One public key of one caller, ready to verify with. */
export interface CallerKey {
  readonly caller: Caller;
  readonly alg: TokenAlgorithm;
  readonly key: CryptoKey;
}

/** Finds a caller's key; a key is found under its own caller's name only. */
export type CallerKeys = (iss: string, kid: string) => CallerKey | undefined;

/** The secret `CALLERS` cannot be used. The message names the fault and its place, never a key. */
export class CallersError extends Error {
  override readonly name = 'CallersError';
}

/**
 * Reads the secret `CALLERS` and imports every key in it, once for the life of the instance.
 * @throws CallersError where it is not JSON, not of the contract's form, names a caller or a key twice, or holds a key
 * that cannot be imported.
 */
export async function importCallers(document: string): Promise<CallerKeys> {
  const { callers } = readDocument(document);
  const byIssuer = new Map<string, Map<string, CallerKey>>();
  for (const { iss, scopes, keys } of callers) {
    if (byIssuer.has(iss)) throw new CallersError(`CALLERS names the caller ${JSON.stringify(iss)} twice`);
    const byKid = new Map<string, CallerKey>();
    for (const jwk of keys) {
      const place = `the key ${JSON.stringify(jwk.kid)} of the caller ${JSON.stringify(iss)}`;
      if (byKid.has(jwk.kid)) throw new CallersError(`CALLERS holds ${place} twice`);
      byKid.set(jwk.kid, { caller: { iss, scopes }, alg: jwk.alg, key: await importKey(jwk, jwk.alg, place) });
    }
    byIssuer.set(iss, byKid);
  }
  return (iss, kid) => byIssuer.get(iss)?.get(kid);
}

function readDocument(document: string): z.infer<typeof callersSchema> {
  let json: unknown;
  try {
    json = JSON.parse(document);
  } catch {
    // The parser's own message quotes the document.
    throw new CallersError('CALLERS is not JSON');
  }
  const parsed = callersSchema.safeParse(json);
  if (!parsed.success) throw new CallersError(`CALLERS is malformed: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Infinity for a key that is not RSA. */
function modulusBitsOf(key: CryptoKey): number {
  return 'modulusLength' in key.algorithm ? Number(key.algorithm.modulusLength) : Infinity;
}

async function importKey(jwk: JWK, alg: TokenAlgorithm, place: string): Promise<CryptoKey> {
  const key = await importJWK(jwk, alg).catch((error: unknown) => {
    throw new CallersError(`CALLERS: ${place} is no ${alg} public key`, { cause: error });
  });
  if (key instanceof Uint8Array || key.type !== 'public') throw new CallersError(`CALLERS: ${place} is no public key`);
  if (modulusBitsOf(key) < RSA_MIN_BITS)
    throw new CallersError(`CALLERS: ${place} has fewer than ${RSA_MIN_BITS} bits`);
  return key;
}
