import assert from 'node:assert/strict';
import domain from 'node:domain';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudEvent, http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { leaveDomainsOut } from '../../../functions/src/http/domains.ts';

const EVENT = {
  'ce-specversion': '1.0',
  'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
  'ce-source': '//pubsub.googleapis.com/',
  'ce-id': '1',
  'content-type': 'application/json',
};

describe('no domains', () => {
  const create = domain.create;
  let server: Server | undefined;
  let current: unknown;

  afterEach(() => {
    domain.create = create;
    server?.close();
    server?.closeAllConnections();
  });

  /** Calls a function as the framework serves it. @returns the status */
  async function call(name: string): Promise<number> {
    server = getTestServer(name);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: EVENT, body: '{}' });
    return status;
  }

  async function noteDomain(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    current = (process as unknown as { domain: unknown }).domain;
  }

  it('are what the framework would not leave out by itself', async () => {
    cloudEvent('inDomain', noteDomain);
    assert.equal(await call('inDomain'), 204);
    assert.ok(current instanceof domain.Domain);
  });

  it('are around no function that an event calls', async () => {
    leaveDomainsOut();
    cloudEvent('event', noteDomain);
    assert.equal(await call('event'), 204);
    assert.ok(!(current instanceof domain.Domain));
  });

  it('are around no function that a request calls', async () => {
    leaveDomainsOut();
    http('request', async (_, response) => {
      await noteDomain();
      response.status(200).end();
    });
    assert.equal(await call('request'), 200);
    assert.ok(!(current instanceof domain.Domain));
  });

  it('are not needed to answer for a function that fails', async () => {
    leaveDomainsOut();
    const said: unknown[] = [];
    const { error } = console;
    // The framework prints what it answers 500 for.
    console.error = (...args: unknown[]) => void said.push(...args);
    try {
      cloudEvent('failing', () => Promise.reject(new Error('as it must')));
      assert.equal(await call('failing'), 500);
    } finally {
      console.error = error;
    }
    assert.match(String(said[0]), /as it must/);
  });
});
