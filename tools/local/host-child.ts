// Serves functions of one group from one process, each at /<its name>, as Cloud Run serves one of them at /. What wraps
// a function is functions-framework, the same as in production.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import { cloudEvent, http, type CloudEventFunction, type HttpFunction } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';

/** What firebase-functions hangs on an exported function to say what triggers it. */
interface Deployed {
  readonly __endpoint?: { readonly eventTrigger?: unknown };
}

function wrap(name: string, exported: unknown): Server {
  if (typeof exported !== 'function') throw new Error(`The functions do not export ${name}.`);
  const { __endpoint: endpoint } = exported as Deployed;
  if (endpoint === undefined) throw new Error(`${name} is exported, but no function of firebase-functions.`);
  if (endpoint.eventTrigger === undefined) http(name, exported as HttpFunction);
  else cloudEvent(name, exported as CloudEventFunction);
  return getTestServer(name);
}

function route(servers: ReadonlyMap<string, Server>, request: IncomingMessage, response: ServerResponse): void {
  const [, name = '', rest = ''] = /^\/([^/?]*)(.*)$/.exec(request.url ?? '') ?? [];
  const server = servers.get(name);
  if (server === undefined) {
    response.writeHead(404).end();
    return;
  }
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  server.emit('request', request, response);
}

async function main([entry, portText, ...names]: readonly string[]): Promise<void> {
  if (entry === undefined || portText === undefined)
    throw new Error('Usage: node host-child.ts <entry> <port> <name>…');
  const exported = (await import(pathToFileURL(entry).href)) as Record<string, unknown>;
  const servers = new Map(names.map((name) => [name, wrap(name, exported[name])]));
  const server = createServer((request, response) => route(servers, request, response));
  // Cloud Run keeps a connection as long as its caller likes; Node would cut a request's body off after 300 s.
  server.requestTimeout = 0;
  server.listen(Number(portText), '127.0.0.1', () => process.send?.('ready'));
  process.once('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

process.once('disconnect', () => process.exit(1));
await main(process.argv.slice(2));
