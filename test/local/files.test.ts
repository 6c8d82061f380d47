import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign, verify, type JsonWebKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { createCaller } from '../../tools/local/caller.ts';
import { fillParams } from '../../tools/local/declaredParams.ts';
import { dotenv } from '../../tools/local/environment.ts';
import { firestoreManifest, manifestJar } from '../../tools/local/jar.ts';
import { LocalCloudError, tellingLines } from '../../tools/local/logs.ts';

const { parseStrict } = createRequire(import.meta.url)('firebase-tools/lib/functions/env') as {
  parseStrict: (text: string) => Record<string, string>;
};

describe('files of a local cloud', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bongsu-files-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('dotenv: firebase-tools reads back what was written', () => {
    const name = fc.stringMatching(/^APP_[A-Z0-9_]{0,12}$/);
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !/['\n\r]/.test(text));
    fc.assert(
      fc.property(fc.dictionary(name, value), (values) => {
        assert.deepEqual({ ...parseStrict(dotenv(values)) }, { ...values });
      }),
    );
  });

  it('dotenv: refuses what it could not write truly', () => {
    for (const value of ["it's", 'two\nlines', 'a\rb']) assert.throws(() => dotenv({ NAME: value }), /NAME/);
  });

  it('parameters: set ones win, then the environment, then defaults; secrets are left out', () => {
    const declared = [
      { name: 'REGION', type: 'string', default: 'us-central1' },
      { name: 'LEASE_SECONDS', type: 'int', default: 60 },
      { name: 'ACCOUNT', type: 'string', default: '' },
      { name: 'CALLERS', type: 'secret' },
    ];
    const values = fillParams(
      declared,
      { REGION: 'asia-northeast3', OTHER: 'x' },
      { REGION: 'no', LEASE_SECONDS: '5' },
    );
    assert.deepEqual(values, { REGION: 'asia-northeast3', OTHER: 'x', LEASE_SECONDS: '5', ACCOUNT: '' });
    assert.throws(() => fillParams([{ name: 'A', type: 'int' }], {}, {}), /declare A without a default/);
  });

  it('manifest: no line is longer than 72 bytes, and unfolded it names the jar', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[\w 가-힣]{1,40}$/), { minLength: 1 }), (parts) => {
        const jar = `/${parts.join('/')}/emulator.jar`;
        const manifest = firestoreManifest(jar);
        assert.ok(manifest.split('\r\n').every((line) => Buffer.byteLength(line) <= 72));
        const unfolded = manifest.replaceAll('\r\n ', '');
        assert.ok(unfolded.includes(`\r\nClass-Path: ${pathToFileURL(jar).href}\r\n`));
        assert.ok(manifest.endsWith('\r\n\r\n'));
      }),
    );
  });

  it('jar: Java opens it and follows its class path', () => {
    const jar = join(folder, 'starter.jar');
    writeFileSync(jar, manifestJar(firestoreManifest(join(folder, 'absent.jar'))));
    const run = () => execFileSync('java', ['-jar', jar], { stdio: 'pipe', encoding: 'utf8' });
    assert.throws(run, /Could not find or load main class com\.google\.cloud\.datastore\.emulator\.firestore/);
  });

  it('caller: the key in the file signs, the one given to the functions verifies, and only its owner may read it', () => {
    const { caller, callers } = createCaller(folder);
    const document = JSON.parse(callers) as {
      callers: [{ iss: string; keys: [JsonWebKey & { kid: string; alg: string }] }];
    };
    const [{ iss, keys }] = document.callers;
    assert.equal(iss, caller.iss);
    assert.equal(keys[0].kid, caller.kid);
    assert.equal(keys[0].alg, 'EdDSA');
    assert.equal(keys[0]['d'], undefined);
    assert.equal(statSync(caller.privateKeyFile).mode & 0o777, 0o600);
    const signature = sign(null, Buffer.from('x'), createPrivateKey(readFileSync(caller.privateKeyFile)));
    assert.ok(verify(null, Buffer.from('x'), createPublicKey({ key: keys[0], format: 'jwk' }), signature));
  });

  it('logs: the lines that say why are shown, without colours and stack frames', () => {
    const log = [
      'i  starting',
      '\u001b[31mError: port 8080 is taken\u001b[39m',
      '    at listen (net.js:1)',
      'i  bye',
      '',
    ];
    assert.deepEqual(tellingLines(log.join('\n')), ['Error: port 8080 is taken']);
    assert.deepEqual(tellingLines('one\ntwo\n'), ['one', 'two']);
    assert.equal(tellingLines(Array.from({ length: 100 }, (_, i) => `error ${i}`).join('\n')).length, 12);
  });

  it('logs: an error quotes the log, says where it is and what to do next', () => {
    const logFile = join(folder, 'x.log');
    writeFileSync(logFile, 'fatal: no disk\n');
    const { message } = new LocalCloudError('x ended.', { logFile, remedy: 'Buy a disk.' });
    assert.equal(message, `x ended.\n  | fatal: no disk\n  the whole log: ${logFile}\n  Buy a disk.`);
  });
});
