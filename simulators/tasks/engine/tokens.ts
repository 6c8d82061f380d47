import { createHash, createSign, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { HttpTarget } from '../core/task.ts';

const LIFETIME_S = 3600;

/**
 * Makes the tokens that Cloud Tasks would fetch for a service account.
 *
 * The OIDC token has the claims and the algorithm (RS256) of Google's, signed with a key that lives as long as this
 * object; a worker that verifies can be pointed at `jwks`. The OAuth token is opaque, as a real one is to its bearer.
 */
export class TokenMinter {
  #pair: { privateKey: KeyObject; publicKey: KeyObject } | undefined;

  /** The Authorization header of a request to `target`, if it is to have one. */
  authorization(target: HttpTarget, nowMs: number): string | undefined {
    const { auth } = target;
    if (auth === undefined) return undefined;
    if (auth.kind === 'oauth') return `Bearer ya29.simulated-${subjectOf(auth.serviceAccountEmail)}`;
    const audience = auth.audience === '' ? target.url : auth.audience;
    return `Bearer ${this.#idToken(auth.serviceAccountEmail, audience, nowMs)}`;
  }

  /** The public key as a JSON Web Key Set, in the shape of https://www.googleapis.com/oauth2/v3/certs. */
  jwks(): { keys: JsonWebKey[] } {
    const jwk = this.#keys().publicKey.export({ format: 'jwk' });
    return { keys: [{ ...jwk, alg: 'RS256', use: 'sig', kid: keyId(jwk) }] };
  }

  #idToken(email: string, audience: string, nowMs: number): string {
    const { privateKey, publicKey } = this.#keys();
    const issuedAt = Math.floor(nowMs / 1000);
    const subject = subjectOf(email);
    const header = { alg: 'RS256', kid: keyId(publicKey.export({ format: 'jwk' })), typ: 'JWT' };
    const claims = {
      aud: audience,
      azp: subject,
      email,
      email_verified: true,
      exp: issuedAt + LIFETIME_S,
      iat: issuedAt,
      iss: 'https://accounts.google.com',
      sub: subject,
    };
    const signed = `${encode(header)}.${encode(claims)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
  }

  // RSA keys take long enough to make that a simulator without OIDC tasks should not wait for them.
  #keys(): { privateKey: KeyObject; publicKey: KeyObject } {
    this.#pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
    return this.#pair;
  }
}

/** A service account's subject is a 21-digit number; here it follows from the email, so that it is the same each time. */
function subjectOf(email: string): string {
  const digest = createHash('sha256').update(email).digest('hex').slice(0, 16);
  return `1${BigInt(`0x${digest}`).toString().padStart(20, '0')}`;
}

function keyId(jwk: JsonWebKey): string {
  return createHash('sha256')
    .update(jwk.n ?? '')
    .digest('hex')
    .slice(0, 40);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
