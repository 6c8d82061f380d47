import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { CallersError, importCallers } from '../../../functions/src/http/callers.ts';
import { CALLERS_JSON, KEYS, publicJwkOf } from './support/callers.ts';

describe('callers', () => {
  it('finds each key under its own caller alone', async () => {
    const keys = await importCallers(CALLERS_JSON);
    assert.equal(keys('main-server', 'ed-1')?.alg, 'EdDSA');
    assert.deepEqual(keys('reader', 'reader-1')?.caller, { iss: 'reader', scopes: ['campaigns:read'] });
    assert.equal(keys('reader', 'ed-1'), undefined);
    assert.equal(keys('main-server', 'toString'), undefined);
  });

  const ed = publicJwkOf(KEYS.ed);
  const callersWith = (...keys: unknown[]) => ({ callers: [{ iss: 'a', keys, scopes: [] }] });
  const privateEd = { ...KEYS.ed.privateKey.export({ format: 'jwk' }), kid: 'ed-1', alg: 'EdDSA' };
  const short = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' });
  const malformed: Record<string, [unknown, RegExp]> = {
    'an unknown field': [{ callers: [], admins: [] }, /admins/],
    'a caller without keys': [callersWith(), /keys/],
    'an unknown scope': [{ callers: [{ iss: 'a', keys: [ed], scopes: ['everything'] }] }, /scopes/],
    'an algorithm that is not allowed': [callersWith({ ...ed, alg: 'HS256' }), /alg/],
    'a private key': [callersWith(privateEd), /private key/],
    'a shared secret': [
      callersWith({ kty: 'oct', k: 'c2VjcmV0', kid: 'k', alg: 'EdDSA' }),
      /key "k" of the caller "a"/,
    ],
    'a key of another kind than it says': [callersWith({ ...ed, alg: 'RS256' }), /key "ed-1" of the caller "a"/],
    'an RSA key that is too short': [callersWith({ ...short, kid: 'r', alg: 'RS256' }), /key "r" .* 2048 bits/],
    'a caller twice': [{ callers: [...callersWith(ed).callers, ...callersWith(ed).callers] }, /caller "a" twice/],
    'a key twice': [callersWith(ed, ed), /key "ed-1" of the caller "a" twice/],
  };
  for (const [what, [document, words]] of Object.entries(malformed)) {
    it(`says at the start that the document holds ${what}`, async () => {
      await assert.rejects(importCallers(JSON.stringify(document)), (error) => {
        assert.ok(error instanceof CallersError, String(error));
        assert.match(error.message, words);
        return true;
      });
    });
  }

  it('never shows the document in its message', async () => {
    for (const document of ['', '{', `{"d":"${privateEd.d}"`, JSON.stringify(callersWith(privateEd))]) {
      await assert.rejects(importCallers(document), (error) => {
        assert.ok(error instanceof CallersError);
        assert.ok(!error.message.includes(String(privateEd.d)));
        return true;
      });
    }
  });
});
