import assert from 'node:assert/strict';
import { findMissing, missingMessage, parseJavaMajor, parseNodeMajor } from '../../tools/prerequisites.mjs';

const good = { platform: 'linux', arch: 'x64', nodeMajor: 20, javaMajor: 17, npm: '10.9.0' };

describe('prerequisites', () => {
  it('reads the major version of every Java', () => {
    const cases: readonly [string, number | undefined][] = [
      ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17],
      ['openjdk version "21" 2023-09-19', 21],
      ['java version "1.8.0_292"', 8],
      ['openjdk version "24-ea" 2025-03-18', 24],
      ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
      ['', undefined],
    ];
    for (const [text, major] of cases) assert.equal(parseJavaMajor(text), major, text);
  });

  it('reads the major version of Node', () => {
    assert.equal(parseNodeMajor('v24.21.0'), 24);
    assert.equal(parseNodeMajor('20.20.2'), 20);
  });

  it('finds nothing missing on a machine that will do', () => {
    assert.deepEqual(findMissing(good), []);
    assert.deepEqual(findMissing({ ...good, platform: 'darwin', arch: 'arm64', nodeMajor: 24 }), []);
  });

  it('names everything that is missing at once, each with its remedy', () => {
    const missing = findMissing({ ...good, nodeMajor: 18, javaMajor: undefined, npm: undefined });
    assert.equal(missing.length, 3);
    const message = missingMessage(missing);
    for (const word of ['Node 18 is too old', 'npm is missing', 'Java is missing'])
      assert.match(message, new RegExp(word));
  });

  it('wants Node 24 itself where npm has none for the platform', () => {
    const [only, ...more] = findMissing({ ...good, platform: 'darwin', arch: 'arm64', nodeMajor: 22 });
    assert.equal(more.length, 0);
    assert.match(only?.problem ?? '', /Node 22 is too old on darwin-arm64/);
  });

  it('refuses a Java that the emulators cannot run on', () => {
    assert.match(findMissing({ ...good, javaMajor: 11 })[0]?.problem ?? '', /Java 11 is too old/);
  });
});
