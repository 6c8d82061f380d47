// Serves functions of one group from one process, each at /<its name>, as Cloud Run serves one of them at /. What wraps
// a function is functions-framework, the same as in production. Plain JavaScript, as what is deployed: loading Node's type
// stripper takes 17 MiB that no instance in production has.

import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { cloudEvent, http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';

function wrap(name, exported) {
  if (typeof exported !== 'function') throw new Error(`The functions do not export ${name}.`);
  // What firebase-functions hangs on an exported function to say what triggers it.
  const { __endpoint: endpoint } = exported;
  if (endpoint === undefined) throw new Error(`${name} is exported, but no function of firebase-functions.`);
  if (endpoint.eventTrigger === undefined) http(name, exported);
  else cloudEvent(name, exported);
  return getTestServer(name);
}

function route(servers, request, response) {
  const [, name = '', rest = ''] = /^\/([^/?]*)(.*)$/.exec(request.url ?? '') ?? [];
  const server = servers.get(name);
  if (server === undefined) {
    response.writeHead(404).end();
    return;
  }
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  server.emit('request', request, response);
}

async function main([entry, portText, ...names]) {
  if (entry === undefined || portText === undefined)
    throw new Error('Usage: node hostChild.mjs <entry> <port> <name>…');
  const exported = await import(pathToFileURL(entry).href);
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
