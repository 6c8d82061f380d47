import { z } from 'zod';
import {
  campaignListSchema,
  campaignPatchSchema,
  campaignRequestSchema,
  campaignViewSchema,
} from '../contract/campaign.ts';
import { CAMPAIGN_STATES, type ControlCall } from '../contract/codes.ts';
import { campaignIdSchema } from '../contract/ids.ts';
import { PARTS_MAX, partAnswerSchema, partNoSchema, startSchema } from '../contract/recipient.ts';
import { estimateRequestSchema, estimateSchema } from '../contract/estimate.ts';
import { testAnswerSchema, testSendSchema } from '../contract/testSend.ts';
import { jsonBody, optionalJsonBody } from './body.ts';
import { partBody } from './partBody.ts';
import { defineRoute, type Route } from './route.ts';
import { definedOnly } from './definedOnly.ts';

const nothing = z.strictObject({});
const partParam = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, `must be a whole number from 1 to ${PARTS_MAX}`)
  .transform(Number)
  .pipe(partNoSchema);
const byId = z.strictObject({ id: campaignIdSchema });

function controlRoute(call: ControlCall, summary: string, sentences: readonly string[]): Route {
  return defineRoute({
    method: 'POST',
    path: `/v1/campaigns/{id}/${call}`,
    operationId: `${call}Campaign`,
    summary,
    description: [...sentences, 'The same call again changes nothing.'].join(' '),
    scope: 'campaigns:write',
    changes: true,
    params: byId,
    query: nothing,
    body: optionalJsonBody(nothing),
    answers: [{ status: 200, description: 'The campaign as it now stands.', schema: campaignViewSchema }],
    problems: ['not_found', 'conflict'],
    run: async (service, { params, caller }) => ({
      status: 200,
      json: await service.controlCampaign(params.id, call, caller),
    }),
  });
}

export const campaignRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/campaigns',
    operationId: 'createCampaign',
    summary: 'Create a campaign',
    description:
      'The caller chooses the id. The same id and body again answers 200 with the campaign as it stands, so a request ' +
      'whose answer was lost can be made again with a new token.',
    scope: 'campaigns:write',
    changes: true,
    params: nothing,
    query: nothing,
    body: jsonBody(campaignRequestSchema),
    answers: [
      { status: 201, description: 'Created.', schema: campaignViewSchema },
      { status: 200, description: 'Known already, with the same body.', schema: campaignViewSchema },
    ],
    problems: ['conflict', 'audience_empty'],
    run: async (service, { body, caller }) => {
      const { created, campaign } = await service.createCampaign(body, caller);
      return { status: created ? 201 : 200, json: campaign };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/estimate',
    operationId: 'estimateCampaign',
    summary: 'Tell what a campaign would take',
    description:
      'The body of a campaign that could be created, with or without its id; for an upload with the number of its ' +
      '`recipients`. Nothing is stored or sent. Members are counted by pages, of which at most 20 are looked into.',
    scope: 'campaigns:read',
    changes: true,
    params: nothing,
    query: nothing,
    body: jsonBody(estimateRequestSchema),
    answers: [{ status: 200, description: 'Recipients, time, operations and cost.', schema: estimateSchema }],
    problems: ['audience_empty'],
    run: async (service, { body }) => ({ status: 200, json: await service.estimate(body) }),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/campaigns',
    operationId: 'listCampaigns',
    summary: 'List campaigns, newest first',
    scope: 'campaigns:read',
    changes: false,
    params: nothing,
    query: z.strictObject({
      state: z.enum(CAMPAIGN_STATES).optional(),
      cursor: z.string().min(1).max(500).optional(),
      limit: z
        .string()
        .regex(/^([1-9]\d?|100)$/, 'must be a whole number from 1 to 100')
        .transform(Number)
        .optional(),
    }),
    body: null,
    answers: [{ status: 200, description: 'One page.', schema: campaignListSchema }],
    problems: [],
    run: async (service, { query }) => ({ status: 200, json: await service.campaigns(definedOnly(query)) }),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/campaigns/{id}',
    operationId: 'getCampaign',
    summary: 'Tell how a campaign stands',
    scope: 'campaigns:read',
    changes: false,
    params: byId,
    query: nothing,
    body: null,
    answers: [{ status: 200, description: 'The campaign with its totals.', schema: campaignViewSchema }],
    problems: ['not_found'],
    run: async (service, { params }) => ({ status: 200, json: await service.campaign(params.id) }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/v1/campaigns/{id}/recipients/{part}',
    operationId: 'putRecipients',
    summary: 'Upload a part of a campaign’s recipients',
    description:
      'For a campaign with the audience `recipients`. NDJSON, one recipient a line, at most 10,000 lines or 24 MiB, ' +
      'optionally gzip (then at most 128 MiB inflated). Parts are numbered from 1 and come in any order, also at once ' +
      'and again: the last one that came whole counts, until the campaign is started.',
    scope: 'campaigns:write',
    changes: true,
    params: z.strictObject({ id: campaignIdSchema, part: partParam }),
    query: nothing,
    body: partBody,
    answers: [{ status: 200, description: 'All lines of the part are stored.', schema: partAnswerSchema }],
    problems: ['not_found', 'conflict'],
    run: async (service, { params, body, caller }) => ({
      status: 200,
      json: await service.putPart({ campaignId: params.id, part: params.part, ...body }, caller),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/campaigns/{id}/start',
    operationId: 'startCampaign',
    summary: 'Start a draft',
    description:
      'A campaign that has been started already is answered as it stands. For an upload the body says how many parts ' +
      'and recipients there are: it is closed with it, and refused where others arrived or a key is given twice.',
    scope: 'campaigns:write',
    changes: true,
    params: byId,
    query: nothing,
    body: optionalJsonBody(startSchema),
    answers: [{ status: 200, description: 'The campaign, started.', schema: campaignViewSchema }],
    problems: ['not_found', 'conflict'],
    run: async (service, { params, body, caller }) => ({
      status: 200,
      json: await service.startCampaign(params.id, body, caller),
    }),
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/campaigns/{id}',
    operationId: 'patchCampaign',
    summary: 'Change a campaign that has not begun',
    description:
      'What is given takes the place of what was there, as a whole; `"schedule": null` starts a scheduled campaign at ' +
      'once. Only while it is a draft or scheduled. The same change again changes nothing.',
    scope: 'campaigns:write',
    changes: true,
    params: byId,
    query: nothing,
    body: jsonBody(campaignPatchSchema),
    answers: [{ status: 200, description: 'The campaign as it now stands.', schema: campaignViewSchema }],
    problems: ['not_found', 'conflict'],
    run: async (service, { params, body, caller }) => ({
      status: 200,
      json: await service.patchCampaign(params.id, body, caller),
    }),
  }),
  controlRoute('pause', 'Stop sending, and keep everything', [
    'No message is posted to FCM later than 5 s after the answer.',
    'Only a running campaign can be paused.',
  ]),
  controlRoute('resume', 'Go on sending', [
    'For a campaign that is paused, or that was halted because too much failed.',
    'Consent and quiet hours are looked at again for every message.',
  ]),
  controlRoute('cancel', 'Stop for good', [
    'No message is posted to FCM later than 5 s after the answer.',
    'A campaign that has begun is answered as running with `ending: "cancelled"`, until each message that was not sent',
    'has its outcome; then its state is cancelled.',
  ]),
  controlRoute('redrive', 'Try again what failed', [
    'For a completed campaign: exactly those messages whose outcome is failed or unknown are sent again, with attempts of',
    'their own. Consent, quiet hours, address and text are looked up anew. `resent` counts those that were unknown: FCM may',
    'have accepted them. Where nothing failed, the campaign is answered unchanged. An upload can only be redriven while its',
    'recipients are kept.',
  ]),
  defineRoute({
    method: 'POST',
    path: '/v1/campaigns/{id}/test',
    operationId: 'testCampaign',
    summary: 'Try a campaign on a few members or addresses',
    description:
      'Sends the campaign’s message at once, whatever its state, until it ends; or has FCM check it with ' +
      '`validateOnly`. Consent and quiet hours hold as for the campaign itself. A test is in none of the campaign’s ' +
      'counts or outcomes; it stands in its audit.',
    scope: 'campaigns:write',
    changes: true,
    params: byId,
    query: nothing,
    body: jsonBody(testSendSchema),
    answers: [{ status: 200, description: 'What came of each address.', schema: testAnswerSchema }],
    problems: ['not_found', 'conflict'],
    run: async (service, { params, body, caller }) => ({
      status: 200,
      json: await service.testCampaign(params.id, body, caller),
    }),
  }),
];
