import { z } from 'zod';
import { outcomeLineSchema, recipientOutcomesSchema } from '../contract/campaign.ts';
import { OUTCOMES } from '../contract/codes.ts';
import { campaignIdSchema, recipientKeySchema } from '../contract/ids.ts';
import { definedOnly } from './definedOnly.ts';
import { defineRoute, type Route } from './route.ts';

/** What became of a campaign's messages. */
export const outcomeRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/campaigns/{id}/outcomes',
    operationId: 'listOutcomes',
    summary: 'Tell what happened to every message',
    description:
      'One line for each message, of any number. A connection that is cut before its end says that lines are missing.',
    scope: 'campaigns:read',
    changes: false,
    params: z.strictObject({ id: campaignIdSchema }),
    query: z.strictObject({ outcome: z.enum(OUTCOMES).optional() }),
    body: null,
    answers: [
      {
        status: 200,
        description: 'NDJSON: each line is one of these.',
        schema: outcomeLineSchema,
        contentType: 'application/x-ndjson',
      },
    ],
    problems: ['not_found'],
    run: async (service, { params, query }) => ({
      status: 200,
      lines: await service.outcomes(params.id, definedOnly(query)),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/campaigns/{id}/outcomes/{key}',
    operationId: 'getRecipientOutcomes',
    summary: 'Tell what happened to one recipient',
    description: 'The key is the member number, or the key that the upload gave.',
    scope: 'campaigns:read',
    changes: false,
    params: z.strictObject({ id: campaignIdSchema, key: recipientKeySchema }),
    query: z.strictObject({}),
    body: null,
    answers: [{ status: 200, description: 'One element for each address.', schema: recipientOutcomesSchema }],
    problems: ['not_found'],
    run: async (service, { params }) => ({ status: 200, json: await service.recipient(params.id, params.key) }),
  }),
];
