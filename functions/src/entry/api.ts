import { onRequest } from 'firebase-functions/v2/https';
import { API_INVOKER, callersSecret } from '../config.ts';
import { boundBodies } from '../http/bodyRoom.ts';
import { importCallers } from '../http/callers.ts';
import { createHandler, type Handler } from '../http/handler.ts';
import { keepSentBytes } from '../http/sentBytes.ts';
import { createTokenVerifier } from '../http/token.ts';
import { takeOnce } from '../store/nonces.ts';
import { wire } from '../wire.ts';
import { DEPLOYMENT } from './deployment.ts';
import { apiService } from './service.ts';

/** Two parts of 24 MiB at once; see docs/performance.md, section memory. */
const BODIES_BYTES = 48 * 1_048_576;

keepSentBytes();
boundBodies(BODIES_BYTES);

let handler: Promise<Handler> | undefined;

async function build(): Promise<Handler> {
  const { config, world } = wire();
  const keys = await importCallers(config.callersJson);
  return createHandler({
    service: apiService(world),
    nonces: { takeOnce: (key, expiresAtMs) => takeOnce(world.documents, key, expiresAtMs) },
    verifyToken: createTokenVerifier(keys, config.audience),
    clock: world.clock,
    newRequestId: () => world.random.id(),
    log: world.log,
  });
}

export const api = onRequest(
  {
    ...DEPLOYMENT,
    secrets: [callersSecret],
    timeoutSeconds: 300,
    memory: '1GiB',
    concurrency: 40,
    cors: false,
    invoker: API_INVOKER,
  },
  async (request, response) => {
    handler ??= build().catch((error: unknown) => {
      // The next request tries again: what failed may be a secret that could not be fetched.
      handler = undefined;
      throw error;
    });
    const handle = await handler;
    await handle(request, response);
  },
);
