import { z } from 'zod';
import { campaignRoutes } from './campaignRoutes.ts';
import { memberRoutes } from './memberRoutes.ts';
import { openApiDocument } from './openapi.ts';
import { outcomeRoutes } from './outcomeRoutes.ts';
import { defineRoute, type Route } from './route.ts';

const nothing = z.strictObject({});

const healthSchema = z.strictObject({ status: z.literal('ok') });
const readySchema = z.strictObject({
  ready: z.boolean(),
  /** Each thing the pipeline depends on: `reachable`, or what is wrong. */
  dependencies: z.record(z.string(), z.string()),
});

const open = { method: 'GET', scope: null, changes: false, params: nothing, query: nothing, body: null } as const;

const health = defineRoute({
  ...open,
  path: '/v1/health',
  operationId: 'health',
  summary: 'Tell that the process answers',
  description: 'Touches no database, so that nothing restarts a process because a campaign is big.',
  answers: [{ status: 200, description: 'It does.', schema: healthSchema }],
  problems: [],
  run: async () => ({ status: 200, json: { status: 'ok' } }),
});

const ready = defineRoute({
  ...open,
  path: '/v1/ready',
  operationId: 'ready',
  summary: 'Tell what the pipeline can reach',
  answers: [
    { status: 200, description: 'Everything.', schema: readySchema },
    { status: 503, description: 'Not everything.', schema: readySchema },
  ],
  problems: [],
  run: async (service) => {
    const dependencies = await service.ready();
    const all = Object.values(dependencies).every((state) => state === 'reachable');
    return { status: all ? 200 : 503, json: { ready: all, dependencies } };
  },
});

function openApi(routes: () => readonly Route[]): Route {
  let document: unknown;
  return defineRoute({
    ...open,
    path: '/v1/openapi.json',
    operationId: 'openApi',
    summary: 'Describe this API',
    answers: [{ status: 200, description: 'This document.', schema: z.looseObject({ openapi: z.string() }) }],
    problems: [],
    run: async () => ({ status: 200, json: (document ??= openApiDocument(routes())) }),
  });
}

/** Every route of the API, the one that describes them included. */
export function createRoutes(): readonly Route[] {
  const routes: readonly Route[] = [
    ...memberRoutes,
    ...campaignRoutes,
    ...outcomeRoutes,
    health,
    ready,
    openApi(() => routes),
  ];
  return routes;
}
