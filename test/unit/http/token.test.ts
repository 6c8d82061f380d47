import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { importCallers } from '../../../functions/src/http/callers.ts';
import {
  createTokenVerifier,
  nonceOf,
  timeFault,
  TokenError,
  type TokenFault,
  type TokenVerifier,
} from '../../../functions/src/http/token.ts';
import {
  AUDIENCE,
  CALLERS_JSON,
  encode,
  KEYS,
  makeToken,
  NOW_MS,
  NOW_SECONDS,
  type TokenParts,
} from './support/callers.ts';

describe('token', () => {
  let verify: TokenVerifier;

  before(async () => {
    verify = createTokenVerifier(await importCallers(CALLERS_JSON), AUDIENCE);
  });

  for (const key of [KEYS.ed, KEYS.es, KEYS.rs]) {
    it(`takes a token signed by ${key.alg}`, async () => {
      const { caller, claims } = await verify(`Bearer ${makeToken({ key, claims: { jti: 'a' } })}`, NOW_MS);
      assert.equal(caller.iss, 'main-server');
      assert.equal(claims.jti, 'a');
    });
  }

  it('takes the scheme in any case', async () => {
    await verify(`bearer ${makeToken()}`, NOW_MS);
  });

  const wrong: Record<string, [TokenFault, TokenParts]> = {
    'another audience': ['wrong-audience', { claims: { aud: 'elsewhere' } }],
    'several audiences': ['malformed', { claims: { aud: [AUDIENCE, 'elsewhere'] } }],
    'no audience': ['malformed', { claims: { aud: undefined } }],
    'an unknown kid': ['unknown-key', { header: { kid: 'nobody' } }],
    'a kid of the prototype': ['unknown-key', { header: { kid: '__proto__' } }],
    'no kid': ['malformed', { header: { kid: undefined } }],
    'an unknown caller': ['unknown-key', { claims: { iss: 'constructor' } }],
    'no issuer': ['unknown-key', { claims: { iss: undefined } }],
    'another caller’s key': ['unknown-key', { key: KEYS.reader }],
    'the name of another caller': ['unknown-key', { key: KEYS.ed, claims: { iss: 'reader' } }],
    'a stranger’s key under a known kid': ['bad-signature', { key: KEYS.stranger }],
    'an algorithm that is not the key’s': ['wrong-algorithm', { key: KEYS.es, header: { kid: 'ed-1' } }],
    'a critical header nobody knows': ['refused', { header: { crit: ['x'], x: 1 } }],
    'no jti': ['malformed', { claims: { jti: undefined } }],
    'an empty jti': ['malformed', { claims: { jti: '' } }],
    'no iat': ['malformed', { claims: { iat: undefined } }],
    'no exp': ['malformed', { claims: { exp: undefined } }],
    'an exp that is text': ['refused', { claims: { exp: 'soon' } }],
    'an exp that is not a whole number': ['malformed', { claims: { exp: NOW_SECONDS + 0.5 } }],
    'nbf in the future': ['refused', { claims: { nbf: NOW_SECONDS + 100 } }],
    'an exp that is long past': ['expired', { claims: { iat: NOW_SECONDS - 200, exp: NOW_SECONDS - 100 } }],
    'an iat to come': ['issued-in-the-future', { claims: { iat: NOW_SECONDS + 100, exp: NOW_SECONDS + 200 } }],
    'a life of 301 s': ['lives-too-long', { claims: { exp: NOW_SECONDS + 301 } }],
  };
  for (const [what, [fault, parts]] of Object.entries(wrong)) {
    it(`refuses ${what}`, async () => assertFault(verify(`Bearer ${makeToken(parts)}`, NOW_MS), fault));
  }

  it('refuses alg none', async () => {
    const [, payload] = makeToken().split('.');
    for (const alg of ['none', 'None', 'NONE']) {
      await assertFault(verify(`Bearer ${encode({ alg, kid: 'ed-1' })}.${payload}.`, NOW_MS), 'malformed');
    }
  });

  it('refuses HS256 with the public key as the secret', async () => {
    const [, payload] = makeToken({ key: KEYS.rs }).split('.');
    const input = `${encode({ alg: 'HS256', kid: 'rs-1' })}.${payload}`;
    for (const secret of [
      KEYS.rs.publicKey.export({ type: 'spki', format: 'pem' }),
      KEYS.rs.publicKey.export({ type: 'spki', format: 'der' }),
    ]) {
      const mac = createHmac('sha256', secret).update(input).digest('base64url');
      await assertFault(verify(`Bearer ${input}.${mac}`, NOW_MS), 'malformed');
    }
  });

  it('refuses a header that is no bearer token', async () => {
    await assertFault(verify(undefined, NOW_MS), 'missing');
    for (const header of [
      '',
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      'Bearer a',
      'Bearer a.b',
      'Bearer ..',
      'Bearer a.b.c.d.e',
    ]) {
      await assertFault(verify(header, NOW_MS), 'malformed');
    }
    await assertFault(verify(`Bearer ${makeToken()} ${makeToken()}`, NOW_MS), 'malformed');
    await assertFault(verify(`Bearer ${'a'.repeat(100_000)}.a.a`, NOW_MS), 'malformed');
  });

  it('refuses a payload that is not an object', async () => {
    const [header, , signature] = makeToken().split('.');
    for (const payload of ['null', '[]', '"x"', '{', '']) {
      const encoded = Buffer.from(payload).toString('base64url');
      await assertFault(verify(`Bearer ${header}.${encoded}.${signature}`, NOW_MS), 'malformed');
    }
  });

  it('refuses a token with any one of its characters changed', async () => {
    const token = makeToken({ claims: { jti: 'fixed' } });
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    await fc.assert(
      // The last character of a part may hold bits that base64url does not use, so it is left alone.
      fc.asyncProperty(fc.nat(token.length - 2), fc.constantFrom(...alphabet.split('')), async (at, replacement) => {
        fc.pre(token[at] !== replacement && token[at] !== '.' && token[at + 1] !== '.');
        const tampered = token.slice(0, at) + replacement + token.slice(at + 1);
        await assert.rejects(verify(`Bearer ${tampered}`, NOW_MS), TokenError);
      }),
      { numRuns: 200 },
    );
  });

  it('holds from 30 s before iat until 30 s after exp, and at no other time', async () => {
    const token = `Bearer ${makeToken({ claims: { exp: NOW_SECONDS + 300 } })}`;
    await verify(token, NOW_MS - 30_000);
    await verify(token, NOW_MS + 329_000);
    await assertFault(verify(token, NOW_MS - 31_000), 'issued-in-the-future');
    await assertFault(verify(token, NOW_MS + 330_000), 'expired');
  });

  it('never holds for longer than 360 s', () => {
    const seconds = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(seconds, seconds, seconds, seconds, (iat, exp, first, second) => {
        if (timeFault({ iat, exp }, first) === null && timeFault({ iat, exp }, second) === null) {
          assert.ok(Math.abs(first - second) < 360);
        }
      }),
    );
  });

  it('remembers a jti for as long as its token could hold', () => {
    const seconds = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(seconds, seconds, seconds, (iat, exp, now) => {
        const { expiresAtMs } = nonceOf({ iss: 'a', aud: AUDIENCE, iat, exp, jti: 'j' });
        if (timeFault({ iat, exp }, now) === null) assert.ok(now * 1_000 < expiresAtMs);
      }),
    );
  });

  it('keeps the nonces of different callers apart', () => {
    const keyOf = (iss: string, jti: string) => nonceOf({ iss, aud: AUDIENCE, iat: 0, exp: 1, jti }).key;
    assert.notEqual(keyOf('a', 'b:c'), keyOf('a:b', 'c'));
    assert.notEqual(keyOf('a","b', 'c'), keyOf('a', 'b","c'));
    assert.match(keyOf('a', '../../'.repeat(30)), /^[A-Za-z0-9_-]{43}$/);
  });
});

async function assertFault(attempt: Promise<unknown>, fault: TokenFault): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof TokenError, String(error));
    assert.equal(error.fault, fault);
    return true;
  });
}
