import assert from 'node:assert/strict';
import { DEFAULT_PORTS } from '../../tools/machine/ports.mjs';
import { localFirebaseJson } from '../../tools/local/firebaseConfig.ts';

const ports = { get: (name: string) => DEFAULT_PORTS[name as keyof typeof DEFAULT_PORTS] + 10_000 };
const source = {
  functions: [{ source: 'functions', predeploy: ['npm run build'] }],
  firestore: { rules: 'firestore.rules', indexes: 'firestore.indexes.json' },
};

describe('generated firebase.json', () => {
  it('names our ports, loopback alone, and no user interface', () => {
    const { emulators } = localFirebaseJson(source, ports, '/p/.local', '/p/.local/functions') as {
      emulators: Record<string, { host?: string; port?: number; enabled?: boolean; websocketPort?: number }>;
    };
    const { ui, singleProjectMode, ...listening } = emulators;
    assert.deepEqual(ui, { enabled: false });
    assert.equal(singleProjectMode, true);
    assert.ok(Object.values(listening).every(({ host }) => host === '127.0.0.1'));
    assert.deepEqual(Object.fromEntries(Object.entries(listening).map(([name, { port }]) => [name, port])), {
      functions: 15001,
      firestore: 18080,
      pubsub: 18085,
      hub: 14400,
      logging: 14500,
      eventarc: 19299,
      tasks: 19499,
    });
    assert.equal(listening['firestore']?.websocketPort, 19150);
  });

  it('keeps the rules and replaces the functions by a folder relative to itself', () => {
    const config = localFirebaseJson(source, ports, '/p/.local', '/p/.local/functions');
    assert.deepEqual(config['firestore'], source.firestore);
    assert.deepEqual(config['functions'], [{ source: 'functions', codebase: 'default' }]);
  });

  it('leaves the functions and what serves them out when the host serves them', () => {
    const config = localFirebaseJson(source, ports, '/p/.local', undefined);
    assert.equal(config['functions'], undefined);
    assert.deepEqual(Object.keys(config['emulators'] as object).sort(), [
      'firestore',
      'hub',
      'logging',
      'pubsub',
      'singleProjectMode',
      'ui',
    ]);
  });
});
