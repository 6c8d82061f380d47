import { z } from 'zod';
import { SCOPES } from './codes.ts';

/** The signature algorithms a caller may use. */
export const TOKEN_ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const;
/** `exp` at most this long after `iat`. */
export const TOKEN_MAX_AGE_SECONDS = 300;
export const CLOCK_SKEW_SECONDS = 30;

export const tokenHeaderSchema = z.object({ alg: z.enum(TOKEN_ALGORITHMS), kid: z.string().min(1).max(200) });

export const tokenClaimsSchema = z.object({
  /** The caller's name. */
  iss: z.string().min(1).max(200),
  /** The deployment that the token is for. */
  aud: z.string().min(1).max(200),
  /** Seconds since 1970. */
  iat: z.number().int(),
  exp: z.number().int(),
  /** Unique; a request that changes something is taken once for it. */
  jti: z.string().min(1).max(200),
  /** base64url SHA-256 of the body bytes as sent; needed where there is a body. */
  bdg: z.string().optional(),
});
export type TokenClaims = z.infer<typeof tokenClaimsSchema>;

/** A public key as JWK (RFC 7517). A private part is refused: nobody's private key is ever in the project. */
const publicJwkSchema = z
  .looseObject({ kid: z.string().min(1).max(200), kty: z.string(), alg: z.enum(TOKEN_ALGORITHMS) })
  .refine((jwk) => !('d' in jwk), 'holds a private key: only the public part belongs here');

/** The secret `CALLERS`: who may call, with which keys (several at once while they are rotated), for what. */
export const callersSchema = z.strictObject({
  callers: z.array(
    z.strictObject({
      iss: z.string().min(1).max(200),
      keys: z.array(publicJwkSchema).min(1),
      scopes: z.array(z.enum(SCOPES)),
    }),
  ),
});
