import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloudTasks } from '../../../functions/src/google/tasks.ts';

const CREDENTIALS = 'GOOGLE_APPLICATION_CREDENTIALS';
const UNAVAILABLE = 14;

describe('the service account that Cloud Tasks calls as', () => {
  it('is asked for again after nobody could tell it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bongsu-tasks-'));
    const file = join(folder, 'account.json');
    const before = process.env[CREDENTIALS];
    process.env[CREDENTIALS] = file;
    try {
      const target = { projectId: 'demo-tasks', region: 'r', baseUrl: 'http://localhost', serviceAccount: null };
      const tasks = cloudTasks({ ...target, emulatorHost: `127.0.0.1:${await freePort()}` });
      const enqueue = () => tasks.enqueue('conduct', { campaignId: 'c', tick: 1 }, { name: 'n', atMs: 0 });
      await assert.rejects(enqueue(), /account\.json/);
      const account = { type: 'service_account', client_email: 'a@b.invalid', private_key: 'none' };
      await writeFile(file, JSON.stringify(account));
      // The account is known, and the queue is what cannot be reached.
      await assert.rejects(enqueue(), { code: UNAVAILABLE });
    } finally {
      if (before === undefined) delete process.env[CREDENTIALS];
      else process.env[CREDENTIALS] = before;
      await rm(folder, { recursive: true });
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
