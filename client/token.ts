import { createHash, createPrivateKey, KeyObject, randomUUID } from 'node:crypto';
import { SignJWT, type JWK } from 'jose';
import { type TOKEN_ALGORITHMS, TOKEN_MAX_AGE_SECONDS } from '../functions/src/contract/token.ts';

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** A private key as PEM text (PKCS #8, or SEC 1 and PKCS #1), a node:crypto key, or a JWK with its private part. */
export type PrivateKey = string | KeyObject | JWK;

/** Who calls, and with which key. The deployment's `CALLERS` holds `iss` and the public key under `kid`. */
export interface Signer {
  /** The caller's name. */
  readonly iss: string;
  /** The deployment that the tokens are for. */
  readonly aud: string;
  readonly kid: string;
  readonly privateKey: PrivateKey;
  /** Follows from the key where absent. */
  readonly alg?: TokenAlgorithm;
}

/** Makes one token. `body` is what goes over the wire; leave it out for a request without a body. */
export type MakeToken = (body?: Uint8Array) => Promise<string>;

/**
 * Each token has its own `jti`: the server takes one only once for a request that changes something, so a retry
 * needs a new token. It lives as long as the server allows, because a slow line may take minutes for 24 MB.
 *
 * @param now milliseconds since 1970.
 * @throws TypeError for a key that cannot make the signature.
 */
export function createTokenMaker(signer: Signer, now: () => number): MakeToken {
  const key = toPrivateKey(signer.privateKey);
  const alg = algorithmOf(key);
  if (signer.alg !== undefined && signer.alg !== alg) {
    throw new TypeError(`the private key signs with ${alg}, not with ${signer.alg}`);
  }
  return (body) => {
    const iat = Math.floor(now() / 1_000);
    return new SignJWT(body === undefined ? {} : { bdg: bodyDigest(body) })
      .setProtectedHeader({ alg, kid: signer.kid })
      .setIssuer(signer.iss)
      .setAudience(signer.aud)
      .setIssuedAt(iat)
      .setExpirationTime(iat + TOKEN_MAX_AGE_SECONDS)
      .setJti(randomUUID())
      .sign(key);
  };
}

/** The `bdg` claim: base64url SHA-256 of the body bytes as sent. */
function bodyDigest(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url');
}

function toPrivateKey(key: PrivateKey): KeyObject {
  const object = key instanceof KeyObject ? key : readKey(key);
  if (object.type !== 'private') throw new TypeError(`needs a private key, got a ${object.type} one`);
  return object;
}

function readKey(key: string | JWK): KeyObject {
  try {
    return createPrivateKey(typeof key === 'string' ? key : { key, format: 'jwk' });
  } catch {
    // Node's own message may quote the input, and the input is a secret.
    throw new TypeError('privateKey is neither a private key in PEM nor a JWK with its private part');
  }
}

function algorithmOf(key: KeyObject): TokenAlgorithm {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new TypeError('the private key must be Ed25519 (EdDSA), P-256 (ES256) or RSA (RS256)');
}
