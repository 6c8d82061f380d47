import assert from 'node:assert/strict';
import { z } from 'zod';
import { PROBLEM_STATUS } from '../../../functions/src/contract/problem.ts';
import { SCOPES } from '../../../functions/src/contract/codes.ts';
import { openApiDocument, problemsOf } from '../../../functions/src/http/openapi.ts';
import { EXAMPLES } from '../../../functions/src/http/openapiExamples.ts';
import type { Route } from '../../../functions/src/http/route.ts';
import { createRoutes } from '../../../functions/src/http/routes.ts';
import { Api } from './support/api.ts';

interface Operation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

const routes = createRoutes();
// What a reader gets: only what JSON carries.
const document = JSON.parse(JSON.stringify(openApiDocument(routes))) as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
};

describe('OpenAPI document', () => {
  it('has every route, and nothing else', () => {
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(new Set(documented), new Set(routes.map((route) => `${route.method} ${route.path}`)));
    assert.equal(documented.length, routes.length);
  });

  it('has the calls of the contract', () => {
    const calls = new Set(routes.map((route) => `${route.method} ${route.path}`));
    assert.deepEqual(
      calls,
      new Set([
        'PUT /v1/members',
        'GET /v1/members/{memberNo}',
        'PATCH /v1/members/{memberNo}',
        'GET /v1/members/consents',
        'DELETE /v1/members/{memberNo}',
        'POST /v1/campaigns',
        'POST /v1/estimate',
        'GET /v1/campaigns',
        'GET /v1/campaigns/{id}',
        'PATCH /v1/campaigns/{id}',
        'PUT /v1/campaigns/{id}/recipients/{part}',
        'POST /v1/campaigns/{id}/start',
        'POST /v1/campaigns/{id}/pause',
        'POST /v1/campaigns/{id}/redrive',
        'POST /v1/campaigns/{id}/resume',
        'POST /v1/campaigns/{id}/cancel',
        'POST /v1/campaigns/{id}/test',
        'GET /v1/campaigns/{id}/outcomes',
        'GET /v1/campaigns/{id}/outcomes/{key}',
        'GET /v1/health',
        'GET /v1/ready',
        'GET /v1/openapi.json',
      ]),
    );
  });

  it('names each operation once', () => {
    const names = routes.map((route) => route.operationId);
    assert.equal(new Set(names).size, names.length);
  });

  it('has nothing that a reference does not find', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
    assert.ok(references.length > 10);
    for (const reference of references) {
      const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? [];
      assert.ok(name !== undefined && Object.hasOwn(document.components.schemas, name), reference);
    }
    for (const name of Object.keys(document.components.schemas)) {
      assert.ok(references.includes(`#/components/schemas/${name}`), `${name} is used nowhere`);
    }
  });

  for (const route of routes) {
    it(`tells all of ${route.method} ${route.path}`, () => {
      const operation = operationOf(route);
      assert.deepEqual(operation.security, route.scope === null ? [] : [{ signedToken: [route.scope] }]);
      assert.ok(route.scope === null || SCOPES.includes(route.scope));
      const expected = [...Object.keys(route.params.shape), ...Object.keys(route.query.shape)];
      assert.deepEqual(
        (operation.parameters ?? []).map((parameter) => parameter.name),
        expected,
      );
      const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      assert.deepEqual(Object.keys(route.params.shape), inPath);
      for (const code of problemsOf(route)) {
        const content = operation.responses[PROBLEM_STATUS[code]]?.content ?? {};
        const isAnswer = route.answers.some((answer) => answer.status === PROBLEM_STATUS[code]);
        assert.ok(isAnswer || Object.hasOwn(content, 'application/problem+json'), code);
      }
    });
  }

  it('marks every call that changes something, and no other', () => {
    for (const route of routes) assert.equal(route.changes, route.method !== 'GET', route.operationId);
  });

  it('shows examples that its own schemas and the contract take', () => {
    const withBody = routes.filter((route) => route.body?.required === true);
    assert.deepEqual(new Set(Object.keys(EXAMPLES)), new Set(withBody.map((route) => route.operationId)));
    for (const route of withBody) {
      const content = operationOf(route).requestBody?.content[route.body?.contentType ?? ''];
      const example = content?.example;
      const values: unknown[] =
        typeof example === 'string'
          ? example
              .trimEnd()
              .split('\n')
              .map((line): unknown => JSON.parse(line))
          : [example];
      const ownSchema = z.fromJSONSchema(schemaOf(route) as Parameters<typeof z.fromJSONSchema>[0]);
      for (const value of values) ownSchema.parse(value);
      assert.throws(() => ownSchema.parse({ ...(values[0] as object), unknown: 1 }));
      const bytes = Buffer.from(typeof example === 'string' ? example : JSON.stringify(example));
      assert.ok(route.body?.read(bytes, 'identity'));
    }
  });

  it('is served without a token', async () => {
    await using api = await Api.start();
    const reply = await api.call('GET', '/v1/openapi.json', { token: null });
    assert.equal(reply.status, 200);
    assert.deepEqual(reply.json, document);
    assert.deepEqual(api.service.calls, []);
  });
});

function operationOf(route: Route): Operation {
  const operation = document.paths[route.path]?.[route.method.toLowerCase()];
  assert.ok(operation !== undefined);
  return operation;
}

/** The body's schema in the document, with what it refers to. */
const REQUEST_SCHEMAS: Readonly<Record<string, string>> = {
  createCampaign: 'CampaignRequest',
  putMembers: 'MemberLine',
  patchCampaign: 'CampaignPatch',
  patchMember: 'MemberPatch',
  putRecipients: 'RecipientLine',
  testCampaign: 'TestSend',
  estimateCampaign: 'EstimateRequest',
};

function schemaOf(route: Route): object {
  const schema = document.components.schemas[REQUEST_SCHEMAS[route.operationId] ?? ''];
  assert.ok(schema !== undefined && !JSON.stringify(schema).includes('$ref'));
  return schema;
}
