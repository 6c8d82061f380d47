import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { HttpsError } from 'firebase-functions/v2/https';
import { onTaskDispatched, type Request } from 'firebase-functions/v2/tasks';
import { QUEUE, START_MS, startStand, type Stand } from './harness.ts';

const EMAIL = 'tasks@demo-push.iam.gserviceaccount.com';

describe('tasks simulator: with onTaskDispatched of firebase-functions', () => {
  let stand: Stand;
  let server: Server;
  const requests: Request[] = [];
  let failuresLeft = 0;

  before(() => {
    const handler = onTaskDispatched((request) => {
      requests.push(request);
      failuresLeft -= 1;
      if (failuresLeft >= 0) throw new HttpsError('resource-exhausted', 'later');
    });
    http('conduct', (request, response) => handler(request as never, response as never));
  });

  beforeEach(async () => {
    requests.length = 0;
    stand = await startStand();
    server = getTestServer('conduct');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await stand.close();
  });

  async function enqueue(data: unknown): Promise<void> {
    await stand.create({
      name: `${QUEUE}/tasks/tick-1`,
      httpRequest: {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        headers: { 'Content-Type': 'application/json' },
        body: Buffer.from(JSON.stringify({ data })),
        oidcToken: { serviceAccountEmail: EMAIL, audience: 'https://conduct.example' },
      },
    });
  }

  it('hands over data, token and task context', async () => {
    failuresLeft = 0;
    await enqueue({ campaignId: 'spring-2026' });
    await stand.settle();
    assert.equal(stand.simulator.report().queues[QUEUE]?.counts.succeeded, 1);
    const [request] = requests;
    assert.deepEqual(request?.data, { campaignId: 'spring-2026' });
    assert.equal(request?.queueName, 'conduct');
    assert.equal(request?.id, 'tick-1');
    assert.equal(request?.retryCount, 0);
    assert.equal(request?.executionCount, 0);
    assert.equal(Number(request?.scheduledTime) * 1000, START_MS);
    assert.equal(request?.auth?.token['email'], EMAIL);
    assert.equal(request?.auth?.token.aud, 'https://conduct.example');
    assert.match(request?.auth?.uid ?? '', /^\d{21}$/);
  });

  it('tells a retried handler why', async () => {
    failuresLeft = 1;
    await enqueue(null);
    await stand.advance(60_000);
    assert.equal(requests.length, 2);
    assert.equal(requests[1]?.retryCount, 1);
    assert.equal(requests[1]?.executionCount, 1);
    assert.equal(requests[1]?.previousResponse, 429);
    assert.equal(requests[1]?.retryReason, 'RESOURCE_EXHAUSTED(8): HTTP status code 429');
  });
});
