import { createHash, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { writeWhole } from './folder.ts';
import { AUDIENCE } from './topology.ts';

/** What an outside program needs to sign requests as the local main server. */
export interface Caller {
  readonly iss: string;
  readonly aud: string;
  readonly kid: string;
  /** An Ed25519 private key, PKCS #8 in PEM, readable by its owner alone. */
  readonly privateKeyFile: string;
}

const ISSUER = 'local-main-server';
const SCOPES = ['campaigns:write', 'campaigns:read', 'members:write', 'members:read', 'ops'];

// RFC 7638: the hash of the required members in alphabetical order; RFC 8037 names them for OKP keys.
function thumbprint(x: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');
}

/**
 * Makes a key pair for a local cloud. The private key goes to a file in `folder`; `callers` is the JSON document that
 * tells the functions who may call, as the CALLERS secret holds it.
 */
export function createCaller(folder: string): { caller: Caller; callers: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  if (x === undefined) throw new Error('Node exported an Ed25519 key without its public part.');
  const kid = thumbprint(x);
  const privateKeyFile = join(folder, 'main-server.pem');
  writeWhole(privateKeyFile, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 0o600);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' };
  return {
    caller: { iss: ISSUER, aud: AUDIENCE, kid, privateKeyFile },
    callers: JSON.stringify({ callers: [{ iss: ISSUER, keys: [jwk], scopes: SCOPES }] }),
  };
}
