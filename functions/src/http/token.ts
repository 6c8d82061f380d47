import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import {
  CLOCK_SKEW_SECONDS,
  TOKEN_MAX_AGE_SECONDS,
  tokenClaimsSchema,
  tokenHeaderSchema,
  type TokenClaims,
} from '../contract/token.ts';
import type { CallerKey, CallerKeys } from './callers.ts';
import type { Caller } from './service.ts';

/** An RS256 token with a 4,096-bit key has about 1,200 characters. */
const TOKEN_MAX_LENGTH = 8_192;

export type TokenFault =
  | 'missing'
  | 'malformed'
  | 'unknown-key'
  | 'wrong-algorithm'
  | 'bad-signature'
  | 'wrong-audience'
  | 'lives-too-long'
  | 'issued-in-the-future'
  | 'expired'
  | 'refused';

/** Why a token does not hold: for the log only, the caller hears the same words whatever the fault is. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly fault: TokenFault;

  constructor(fault: TokenFault) {
    super(`the token does not hold: ${fault}`);
    this.fault = fault;
  }
}

export interface Verified {
  readonly caller: Caller;
  readonly claims: TokenClaims;
}

/**
 * @param authorization the request's `Authorization` header.
 * @param nowMs milliseconds since 1970.
 * @throws TokenError
 */
export type TokenVerifier = (authorization: string | undefined, nowMs: number) => Promise<Verified>;

/** @param audience what `aud` must be: the name of this deployment. */
export function createTokenVerifier(keys: CallerKeys, audience: string): TokenVerifier {
  return async (authorization, nowMs) => {
    const token = bearerOf(authorization);
    const found = findKey(token, keys);
    const claims = await verifySignature(token, found, nowMs);
    if (claims.aud !== audience) throw new TokenError('wrong-audience');
    const fault = timeFault(claims, nowMs / 1_000);
    if (fault !== null) throw new TokenError(fault);
    return { caller: found.caller, claims };
  };
}

/** What is wrong with a token's times, or null. Our clock and the caller's may differ by `CLOCK_SKEW_SECONDS`. */
export function timeFault(claims: Pick<TokenClaims, 'iat' | 'exp'>, nowSeconds: number): TokenFault | null {
  if (claims.exp <= claims.iat) return 'malformed';
  if (claims.exp - claims.iat > TOKEN_MAX_AGE_SECONDS) return 'lives-too-long';
  if (claims.iat > nowSeconds + CLOCK_SKEW_SECONDS) return 'issued-in-the-future';
  if (claims.exp <= nowSeconds - CLOCK_SKEW_SECONDS) return 'expired';
  return null;
}

/** Under which key a `jti` is remembered, and until when: as long as its token could hold. */
export function nonceOf(claims: TokenClaims): { readonly key: string; readonly expiresAtMs: number } {
  const key = createHash('sha256')
    .update(JSON.stringify([claims.iss, claims.jti]))
    .digest('base64url');
  return { key, expiresAtMs: (claims.exp + CLOCK_SKEW_SECONDS) * 1_000 };
}

function bearerOf(authorization: string | undefined): string {
  if (authorization === undefined) throw new TokenError('missing');
  const token = /^Bearer +([A-Za-z0-9_.-]+)$/i.exec(authorization)?.[1];
  if (token === undefined || token.length > TOKEN_MAX_LENGTH) throw new TokenError('malformed');
  return token;
}

/** Reads the token unverified, for one purpose: to know with whose key to verify it. */
function findKey(token: string, keys: CallerKeys): CallerKey {
  const { header, payload } = decode(token);
  const parsed = tokenHeaderSchema.safeParse(header);
  if (!parsed.success) throw new TokenError('malformed');
  const found = typeof payload.iss === 'string' ? keys(payload.iss, parsed.data.kid) : undefined;
  if (found === undefined) throw new TokenError('unknown-key');
  if (found.alg !== parsed.data.alg) throw new TokenError('wrong-algorithm');
  return found;
}

function decode(token: string) {
  try {
    return { header: decodeProtectedHeader(token), payload: decodeJwt(token) };
  } catch {
    throw new TokenError('malformed');
  }
}

async function verifySignature(token: string, { key, alg, caller }: CallerKey, nowMs: number): Promise<TokenClaims> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [alg],
      issuer: caller.iss,
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(nowMs),
    });
    return tokenClaimsSchema.parse(payload);
  } catch (error) {
    throw new TokenError(faultOf(error));
  }
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature';
  if (error instanceof errors.JWTExpired) return 'expired';
  return error instanceof errors.JOSEError ? 'refused' : 'malformed';
}
