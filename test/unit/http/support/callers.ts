import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { TokenAlgorithm } from '../../../../functions/src/http/callers.ts';

export const AUDIENCE = 'bongsu-test';
/** 2026-03-01T00:00:00Z, where every test's clock stands unless it says otherwise. */
export const NOW_MS = Date.UTC(2026, 2, 1);
export const NOW_SECONDS = NOW_MS / 1_000;

export interface TestKey {
  readonly kid: string;
  readonly alg: TokenAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const KEYS = {
  ed: makeKey('ed-1', 'EdDSA'),
  es: makeKey('es-1', 'ES256'),
  rs: makeKey('rs-1', 'RS256'),
  reader: makeKey('reader-1', 'EdDSA'),
  /** Nobody's: signs well, and is in no document. */
  stranger: makeKey('ed-1', 'EdDSA'),
} as const;

/** The secret `CALLERS` of the tests: one caller with every right, and one that may read campaigns. */
export const CALLERS_JSON = JSON.stringify({
  callers: [
    {
      iss: 'main-server',
      keys: [KEYS.ed, KEYS.es, KEYS.rs].map(publicJwkOf),
      scopes: ['campaigns:write', 'campaigns:read', 'members:write', 'members:read'],
    },
    { iss: 'reader', keys: [publicJwkOf(KEYS.reader)], scopes: ['campaigns:read'] },
  ],
});

export function publicJwkOf(key: TestKey): Record<string, unknown> {
  return { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, alg: key.alg };
}

export interface TokenParts {
  readonly key?: TestKey;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Adds the claim `bdg` for these bytes. */
  readonly body?: Uint8Array | string;
}

/** A token made by hand, as a caller without our library would; a claim given as `undefined` is left out. */
export function makeToken({ key = KEYS.ed, header = {}, claims = {}, body }: TokenParts = {}): string {
  const allClaims = {
    iss: 'main-server',
    aud: AUDIENCE,
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 60,
    jti: randomUUID(),
    ...(body === undefined ? {} : { bdg: digestOf(body) }),
    ...claims,
  };
  const input = `${encode({ alg: key.alg, kid: key.kid, ...header })}.${encode(allClaims)}`;
  return `${input}.${signatureOf(key, input).toString('base64url')}`;
}

export function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

export function digestOf(body: Uint8Array | string): string {
  return createHash('sha256').update(body).digest('base64url');
}

function signatureOf(key: TestKey, input: string): Buffer {
  const bytes = Buffer.from(input);
  if (key.alg === 'EdDSA') return sign(null, bytes, key.privateKey);
  return sign('sha256', bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
}

function makeKey(kid: string, alg: TokenAlgorithm): TestKey {
  if (alg === 'EdDSA') return { kid, alg, ...generateKeyPairSync('ed25519') };
  if (alg === 'ES256') return { kid, alg, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
  return { kid, alg, ...generateKeyPairSync('rsa', { modulusLength: 2_048 }) };
}
