import { z } from 'zod';
import {
  campaignListSchema,
  campaignPatchSchema,
  campaignRequestSchema,
  campaignViewSchema,
  outcomeLineSchema,
  recipientOutcomesSchema,
} from '../contract/campaign.ts';
import {
  consentDueSchema,
  memberPatchSchema,
  memberSchema,
  membersAnswerSchema,
  memberViewSchema,
} from '../contract/member.ts';
import { partAnswerSchema, recipientSchema } from '../contract/recipient.ts';
import { estimateRequestSchema, estimateSchema } from '../contract/estimate.ts';
import { testAnswerSchema, testSendSchema } from '../contract/testSend.ts';
import { PROBLEM_STATUS, problemSchema, type ProblemCode } from '../contract/problem.ts';
import { EXAMPLES } from './openapiExamples.ts';
import type { AnswerDoc, Route } from './route.ts';

type JsonSchema = Readonly<Record<string, unknown>>;
type JsonObject = Record<string, unknown>;

/** Of the contract, not of the software: it changes when a caller has to. */
const API_VERSION = '1.0.0';

/** What callers send: fields with a default may be left out. */
const REQUESTS = {
  CampaignRequest: campaignRequestSchema,
  CampaignPatch: campaignPatchSchema,
  MemberLine: memberSchema,
  MemberPatch: memberPatchSchema,
  RecipientLine: recipientSchema,
  TestSend: testSendSchema,
  EstimateRequest: estimateRequestSchema,
} as const;

/** What they are answered. */
const ANSWERS = {
  CampaignView: campaignViewSchema,
  CampaignList: campaignListSchema,
  OutcomeLine: outcomeLineSchema,
  RecipientOutcomes: recipientOutcomesSchema,
  Member: memberViewSchema,
  MembersAnswer: membersAnswerSchema,
  ConsentDue: consentDueSchema,
  PartAnswer: partAnswerSchema,
  TestAnswer: testAnswerSchema,
  Estimate: estimateSchema,
  Problem: problemSchema,
} as const;

/** The OpenAPI 3.1 document of the routes (https://spec.openapis.org/oas/v3.1.1.html), made from their zod schemas. */
export function openApiDocument(routes: readonly Route[]): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Bongsu',
      version: API_VERSION,
      summary: 'Push campaigns through FCM.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { ...componentsOf(REQUESTS, 'input'), ...componentsOf(ANSWERS, 'output') },
      securitySchemes: {
        signedToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A JWT signed with the caller’s private key by EdDSA (Ed25519), ES256 or RS256. Header: alg, kid. ' +
            'Claims: iss (the caller), aud (the deployment), iat, exp (at most 300 s after iat), jti (works once for a ' +
            'request that changes something) and, with a body, bdg: the base64url SHA-256 of the body bytes as sent.',
        },
      },
    },
  };
}

/** The codes that a route may answer, its kind's included. */
export function problemsOf(route: Route): readonly ProblemCode[] {
  const codes: ProblemCode[] = ['bad_request', 'internal', ...route.problems];
  if (route.scope !== null) codes.push('unauthenticated', 'forbidden', 'bad_digest', 'unavailable', 'body_too_large');
  if (route.body !== null) codes.push('unsupported_media_type', 'invalid');
  if (route.body?.contentType === 'application/json') codes.push('bad_json');
  return codes;
}

function operationOf(route: Route): JsonObject {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: route.scope === null ? [] : [{ signedToken: [route.scope] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body === null ? {} : { requestBody: requestBodyOf(route) }),
    responses: { ...problemResponses(problemsOf(route)), ...Object.fromEntries(route.answers.map(responseOf)) },
  };
}

function parametersOf(schema: z.ZodObject, place: 'path' | 'query'): JsonObject[] {
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: withoutDialect(z.toJSONSchema(field as z.ZodType, { io: 'input' })),
  }));
}

function requestBodyOf(route: Route): JsonObject {
  const { body, operationId } = route;
  if (body === null) return {};
  const example = EXAMPLES[operationId];
  return {
    required: body.required,
    content: {
      [body.contentType]: {
        schema: schemaOf(body.schema, REQUESTS, 'input'),
        ...(example === undefined ? {} : { example }),
      },
    },
  };
}

function responseOf({ status, description, schema, contentType }: AnswerDoc): [string, JsonObject] {
  if (schema === undefined) return [String(status), { description }];
  const content = { [contentType ?? 'application/json']: { schema: schemaOf(schema, ANSWERS, 'output') } };
  return [String(status), { description, content }];
}

function problemResponses(codes: readonly ProblemCode[]): Record<string, JsonObject> {
  const byStatus = Object.groupBy(codes, (code) => PROBLEM_STATUS[code]);
  const content = { 'application/problem+json': { schema: reference('Problem') } };
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group]) => [
      status,
      { description: `Code ${group?.join(' or ')}.`, content },
    ]),
  );
}

function schemaOf(schema: z.ZodType, named: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): JsonSchema {
  const name = Object.keys(named).find((candidate) => named[candidate] === schema);
  return name === undefined ? withoutDialect(z.toJSONSchema(schema, { io })) : reference(name);
}

function componentsOf(named: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => reference(id).$ref });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutDialect(schema)]));
}

function reference(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/** OpenAPI 3.1 names the dialect once for the whole document, and a component's place is its id. */
function withoutDialect({ $schema: _dialect, $id: _id, ...schema }: JsonObject): JsonSchema {
  return schema;
}
