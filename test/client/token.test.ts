import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { createTokenMaker, type PrivateKey } from '../../client/token.ts';
import { tokenClaimsSchema, tokenHeaderSchema } from '../../functions/src/contract/token.ts';

const NOW_MS = Date.parse('2026-03-01T09:00:00.900Z');
const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

function maker(privateKey: PrivateKey, alg?: 'EdDSA' | 'ES256' | 'RS256') {
  const signer = { iss: 'main-server', aud: 'bongsu', kid: 'k1', privateKey };
  return createTokenMaker(alg === undefined ? signer : { ...signer, alg }, () => NOW_MS);
}

describe('the token', () => {
  for (const [alg, pair] of [
    ['EdDSA', ed25519],
    ['ES256', p256],
    ['RS256', rsa],
  ] as const) {
    it(`is signed with ${alg} by the key in any of its forms`, async () => {
      const forms: PrivateKey[] = [
        pair.privateKey,
        pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
        pair.privateKey.export({ format: 'jwk' }),
      ];
      for (const form of forms) {
        const token = await maker(form)();
        const verified = await jwtVerify(token, pair.publicKey, { currentDate: new Date(NOW_MS) });
        assert.equal(verified.protectedHeader.alg, alg);
      }
    });
  }

  it('carries the claims that the server asks for, and no digest where there is no body', async () => {
    const { payload } = await jwtVerify(await maker(ed25519.privateKey)(), ed25519.publicKey, {
      currentDate: new Date(NOW_MS),
    });
    const iat = Math.floor(NOW_MS / 1_000);
    const { jti, ...rest } = payload;
    assert.deepEqual(rest, { iss: 'main-server', aud: 'bongsu', iat, exp: iat + 300 });
    assert.match(jti ?? '', /^[0-9a-f-]{36}$/);
  });

  it('satisfies the contract', async () => {
    const token = await maker(p256.privateKey)(Buffer.from('{}'));
    const { payload } = await jwtVerify(token, p256.publicKey, { currentDate: new Date(NOW_MS) });
    tokenClaimsSchema.parse(payload);
    assert.deepEqual(tokenHeaderSchema.parse(decodeProtectedHeader(token)), { alg: 'ES256', kid: 'k1' });
  });

  it('binds the body by its digest', async () => {
    const body = Buffer.from('{"title":"봄 세일"}');
    const { payload } = await jwtVerify(await maker(ed25519.privateKey)(body), ed25519.publicKey, {
      currentDate: new Date(NOW_MS),
    });
    assert.equal(payload['bdg'], createHash('sha256').update(body).digest().toString('base64url'));
  });

  it('is a new one each time', async () => {
    const make = maker(ed25519.privateKey);
    assert.notEqual(await make(), await make());
  });
});

describe('a key that cannot sign', () => {
  const refused: readonly [string, () => unknown, RegExp][] = [
    ['another algorithm than its own', () => maker(p256.privateKey, 'RS256'), /signs with ES256, not with RS256/],
    ['a public key', () => maker(ed25519.publicKey), /needs a private key/],
    ['a public key as JWK', () => maker(ed25519.publicKey.export({ format: 'jwk' })), /privateKey is neither/],
    ['a text that is no key', () => maker('secret-text'), /privateKey is neither/],
    ['another curve', () => maker(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey), /must be Ed25519/],
  ];
  for (const [what, make, message] of refused) {
    it(`${what} is refused when the client is made`, () => assert.throws(make, { name: 'TypeError', message }));
  }

  it('is not quoted in the error', () => {
    assert.throws(
      () => maker('secret-text'),
      (error: Error) => !`${error.message}${error.stack}${String(error.cause)}`.includes('secret-text"'),
    );
  });
});
